using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>A filter that leaves a part of a batch that lies in a row, and then asks another filter.</summary>
internal abstract class BatchTrimmer<T>(EventFilter<T>? inner) : EventFilter<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>What the events that are left have to pass as well; null for nothing.</summary>
    public EventFilter<T>? Inner { get; } = inner;

    /// <summary>Leaves of a batch what is wanted; false where nothing is.</summary>
    public abstract bool TryTrim(ref ReadOnlySpan<T> events, ref Envelope envelope);

    /// <inheritdoc/>
    public override bool Matches(in T @event, in Envelope envelope)
    {
        var one = new ReadOnlySpan<T>(in @event);
        Envelope copy = envelope;
        return TryTrim(ref one, ref copy) && Inner?.Matches(@event, envelope) != false;
    }
}
