namespace Engine.Events;

/// <summary>
/// Follows a condition: a host offers it each event that is about to happen, before any of its effects. When the condition is fulfilled
/// it begins anew. Not thread-safe: belongs to the thread of one virtual CPU.
/// </summary>
/// <param name="condition">The condition.</param>
public sealed class ConditionMatcher(EventCondition condition)
{
    private readonly EventCondition _condition = condition ?? throw new ArgumentNullException(nameof(condition));
    private int _step;
    private long _count;

    /// <summary>The condition.</summary>
    public EventCondition Condition => _condition;

    /// <summary>Times the condition was fulfilled.</summary>
    public long HitCount { get; private set; }

    /// <summary>Times a test threw.</summary>
    public long ErrorCount { get; private set; }

    /// <summary>What a test threw last, or null.</summary>
    public Exception? LastError { get; private set; }

    /// <summary>Which step is waited for, from 0: what may match changes with it.</summary>
    public int Step => _step;

    /// <summary>What has matched so far, to be gone back to where an offered event did not happen after all.</summary>
    public ConditionProgress Progress
    {
        get => new(_step, _count, HitCount);
        set => (_step, _count, HitCount) = (value.Step, value.Count, value.HitCount);
    }

    /// <summary>Whether an event could be the one that is waited for; where not, the host need not offer it.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    public bool CouldMatch<T>(in T @event)
        where T : unmanaged, IEvent<T> =>
        _condition.Steps[_step] is EventConditionStep<T> step && Passes(step, @event);

    /// <summary>
    /// Whether an event could be one that any step waits for, now or later: for a host whose virtual CPUs do not learn at once which step
    /// is waited for.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    public bool CouldMatchAnyStep<T>(in T @event)
        where T : unmanaged, IEvent<T>
    {
        foreach (EventConditionStep each in _condition.Steps)
        {
            if (each is EventConditionStep<T> step && Passes(step, @event))
                return true;
        }

        return false;
    }

    /// <summary>An event is about to happen. Returns whether the condition is fulfilled by it.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    public bool Offer<T>(in T @event)
        where T : unmanaged, IEvent<T>
    {
        if (!CouldMatch(@event) || ++_count < _condition.Steps[_step].Nth)
            return false;
        _count = 0;
        if (++_step < _condition.Steps.Count)
            return false;
        _step = 0;
        HitCount++;
        return true;
    }

    private bool Passes<T>(EventConditionStep<T> step, in T @event)
        where T : unmanaged, IEvent<T>
    {
        try
        {
            return step.Passes(@event);
        }
        catch (Exception exception)
        {
            ErrorCount++;
            LastError = exception;
            return false;
        }
    }
}

/// <summary>How far a condition has matched.</summary>
/// <param name="Step">The step that is waited for.</param>
/// <param name="Count">Events of it so far.</param>
/// <param name="HitCount">Times the condition was fulfilled.</param>
public readonly record struct ConditionProgress(int Step, long Count, long HitCount);
