using Engine.Primitives;
using Engine.Ring;

namespace Engine.Diagnostics;

/// <summary>Counters of one event type, over all its lanes, those of ended producers included.</summary>
/// <param name="Name">Name of the event type.</param>
/// <param name="Ledger">What became of the events. Events only inline handlers wanted count as published and dispatched.</param>
/// <param name="HandlerErrors">Times a handler, filter or loss callback threw.</param>
/// <param name="Batches">Batches dispatched.</param>
/// <param name="LargestBatch">Events of the largest one.</param>
/// <param name="DispatchedInBatches">Events dispatched in batches.</param>
/// <param name="Latency">From publication to the call of the first dispatched handler, sampled.</param>
/// <param name="SlotCount">Slots of all lanes.</param>
/// <param name="SubscriptionCount">Active subscriptions.</param>
public sealed record EventTypeStatistics(
    string Name,
    RingLedger Ledger,
    long HandlerErrors,
    long Batches,
    long LargestBatch,
    long DispatchedInBatches,
    DurationDistribution Latency,
    long SlotCount,
    int SubscriptionCount)
{
    /// <summary>Mean events per batch.</summary>
    public double AverageBatch => Batches == 0 ? 0 : (double)DispatchedInBatches / Batches;

    /// <summary>Share of the slots in use, 0 to 1.</summary>
    public double Occupancy => SlotCount == 0 ? 0 : (double)Ledger.Buffered / SlotCount;

    /// <summary>Time publishers have waited for free slots.</summary>
    public TimeSpan StallTime => MonotonicClock.ToTimeSpan(Ledger.StallTicks);

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"{Name}: {Ledger}; batches {ReadableText.Count(Batches)} of {ReadableText.Number(AverageBatch)}, largest " +
        $"{ReadableText.Count(LargestBatch)}; " +
        $"latency {Latency}; subscriptions {SubscriptionCount}, errors {ReadableText.Count(HandlerErrors)}";
}
