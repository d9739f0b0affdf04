using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>
/// A filter that could not be made for an event type. It is asked for again at each event, and what it throws is an error of its
/// subscription alone: neither the event type nor its other subscriptions suffer. Until it is made, no event passes.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class LateFilter<T>(AnyEventFilter source) : EventFilter<T>
    where T : IEvent<T>
{
    private EventFilter<T>? _made;

    private EventFilter<T> Made => _made ??= MakeOrThrow(source);

    /// <summary>Makes a filter for the event type, or one that tries again later.</summary>
    public static EventFilter<T> Make(AnyEventFilter source)
    {
        try
        {
            return MakeOrThrow(source);
        }
        catch (Exception)
        {
            // Foreign code. It throws again when an event comes, and is reported then.
            return new LateFilter<T>(source);
        }
    }

    /// <summary>Makes a filter for the event type.</summary>
    public static EventFilter<T> MakeOrThrow(AnyEventFilter source) => source.For<T>()
        ?? throw new InvalidOperationException($"{source.GetType()}.For must make a filter of {typeof(T)}; it returned null.");

    /// <inheritdoc/>
    public override FilterVerdict EvaluateBatch(in Envelope envelope) => Made.EvaluateBatch(envelope);

    /// <inheritdoc/>
    public override bool Matches(in T @event, in Envelope envelope) => Made.Matches(@event, envelope);
}
