using Engine.Ring;

namespace Engine.Diagnostics;

/// <summary>The counts of an event type that only ever grow, and that may be added up over engines.</summary>
/// <param name="Ledger">What became of the events.</param>
/// <param name="HandlerErrors">Times a handler, filter or loss callback threw.</param>
/// <param name="Batches">Batches dispatched.</param>
internal readonly record struct EventTypeTotals(RingLedger Ledger, long HandlerErrors, long Batches)
{
    public bool IsZero => this == default;

    public static EventTypeTotals Of(EventTypeStatistics type) => new(type.Ledger, type.HandlerErrors, type.Batches);

    public static EventTypeTotals operator +(EventTypeTotals left, EventTypeTotals right) =>
        new(left.Ledger + right.Ledger, left.HandlerErrors + right.HandlerErrors, left.Batches + right.Batches);
}
