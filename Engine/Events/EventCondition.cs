namespace Engine.Events;

/// <summary>
/// What has to happen for a causal breakpoint: an event of a type, perhaps one that passes a test, perhaps the n-th such; or several of
/// these one after the other. Immutable. A <see cref="ConditionMatcher"/> follows it.
/// </summary>
public sealed class EventCondition
{
    private readonly EventConditionStep[] _steps;

    private EventCondition(EventConditionStep[] steps) => _steps = steps;

    /// <summary>The steps in order.</summary>
    internal IReadOnlyList<EventConditionStep> Steps => _steps;

    /// <summary>Fulfilled by an event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="where">A test that the event has to pass; null for none. Must not block. One that throws is not passed.</param>
    /// <param name="nth">Which of those that pass, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public static EventCondition On<T>(Func<T, bool>? where = null, long nth = 1)
        where T : unmanaged, IEvent<T>
    {
        if (nth < 1)
            throw new ArgumentOutOfRangeException(nameof(nth), nth, "The number of an event must be at least 1.");
        return new EventCondition([new EventConditionStep<T>(where, nth)]);
    }

    /// <summary>Fulfilled by another condition's events, once this one's have happened.</summary>
    /// <param name="next">The other condition.</param>
    public EventCondition Then(EventCondition next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new EventCondition([.. _steps, .. next._steps]);
    }

    /// <summary>Whether a step is about events of a type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    public bool IsAbout<T>()
        where T : unmanaged, IEvent<T> =>
        Array.Exists(_steps, static step => step is EventConditionStep<T>);

    /// <summary>Names of the event types, in order of the steps.</summary>
    public IEnumerable<string> EventTypes => _steps.Select(static step => step.EventType);

    /// <summary>The steps, for people.</summary>
    public override string ToString() => string.Join(" then ", _steps.Select(static step => step.ToString()));
}

/// <summary>One event of a condition.</summary>
internal abstract class EventConditionStep(string eventType, long nth)
{
    /// <summary>Name of the event type.</summary>
    public string EventType { get; } = eventType;

    /// <summary>Which of the events that pass, from 1.</summary>
    public long Nth { get; } = nth;

    public override string ToString() => Nth == 1 ? EventType : $"{EventType} number {Nth}";
}

/// <summary>One event of a known type.</summary>
internal sealed class EventConditionStep<T>(Func<T, bool>? where, long nth) : EventConditionStep(T.Descriptor.Name, nth)
    where T : unmanaged, IEvent<T>
{
    /// <summary>Whether an event passes the test, which may throw.</summary>
    public bool Passes(in T @event) => where is null || where(@event);
}
