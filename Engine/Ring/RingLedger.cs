using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// What became of the events offered to one ring. Exact when neither side is at work; while they are, the fields
/// are read one after the other.
/// At rest <c>Published = Dispatched + Undelivered + DroppedIncoming + DroppedOldest + Buffered</c> and
/// <c>Offered = Published + Rejected</c>.
/// </summary>
/// <param name="Published">Events accepted, those dropped afterwards by policy included.</param>
/// <param name="Dispatched">Events the consumer has taken, and handed to whoever was subscribed.</param>
/// <param name="DroppedIncoming">Events dropped because the ring was full (<c>DropIncoming</c>).</param>
/// <param name="DroppedOldest">Events overwritten before the consumer took them (<c>DropOldest</c>).</param>
/// <param name="Buffered">Events in the ring.</param>
/// <param name="Rejected">Events refused, and reported so to the publisher.</param>
/// <param name="Stalls">Times a publisher had to wait for a free slot, those included that wait now.</param>
/// <param name="StallTicks">
/// Time spent so, in ticks of <see cref="System.Diagnostics.Stopwatch"/>; in shared lanes without the waits that last.
/// </param>
/// <param name="Undelivered">
/// Events the consumer has taken when nobody was subscribed any more: they were in the ring when their last subscriber left.
/// </param>
public readonly record struct RingLedger(
    long Published,
    long Dispatched,
    long DroppedIncoming,
    long DroppedOldest,
    long Buffered,
    long Rejected,
    long Stalls,
    long StallTicks,
    long Undelivered = 0)
{
    /// <summary>Events published and never to be dispatched.</summary>
    public long Lost => DroppedIncoming + DroppedOldest;

    /// <summary>Events handed to the ring, whatever became of them.</summary>
    public long Offered => Published + Rejected;

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"published {ReadableText.Count(Published)}, dispatched {ReadableText.Count(Dispatched)}, lost {ReadableText.Count(Lost)}, " +
        (Undelivered == 0 ? "" : $"undelivered {ReadableText.Count(Undelivered)}, ") +
        $"buffered {ReadableText.Count(Buffered)}, rejected {ReadableText.Count(Rejected)}, stalls {ReadableText.Count(Stalls)}" +
        (Stalls == 0 ? "" : $" of {ReadableText.Duration(MonotonicClock.ToTimeSpan(StallTicks))} in all");

    /// <summary>Adds two ledgers field by field.</summary>
    /// <param name="left">One ledger.</param>
    /// <param name="right">The other.</param>
    public static RingLedger operator +(RingLedger left, RingLedger right) => Add(left, right);

    /// <summary>Adds two ledgers field by field.</summary>
    /// <param name="left">One ledger.</param>
    /// <param name="right">The other.</param>
    public static RingLedger Add(RingLedger left, RingLedger right) => new(
        left.Published + right.Published,
        left.Dispatched + right.Dispatched,
        left.DroppedIncoming + right.DroppedIncoming,
        left.DroppedOldest + right.DroppedOldest,
        left.Buffered + right.Buffered,
        left.Rejected + right.Rejected,
        left.Stalls + right.Stalls,
        left.StallTicks + right.StallTicks,
        left.Undelivered + right.Undelivered);
}
