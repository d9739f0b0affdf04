namespace Engine.Events;

/// <summary>Tells a subscriber that events are missing: all sequences from first to last, before the event it gets next.</summary>
/// <param name="EventType">The event type.</param>
/// <param name="Producer">Who published them.</param>
/// <param name="FirstSequence">The first sequence lost.</param>
/// <param name="LastSequence">The last sequence lost.</param>
/// <param name="Cause">The overflow policy that lost them: <c>DropIncoming</c> or <c>DropOldest</c>.</param>
public readonly record struct LossNotice(
    EventDescriptor EventType,
    ProducerInfo Producer,
    long FirstSequence,
    long LastSequence,
    Primitives.OverflowPolicy Cause)
{
    /// <summary>Events lost.</summary>
    public long Count => LastSequence - FirstSequence + 1;
}
