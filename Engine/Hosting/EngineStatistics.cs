using Engine.Primitives;
using Engine.Ring;

namespace Engine.Hosting;

/// <summary>Counters of an engine at one moment. Exact when no publisher and no dispatcher is at work.</summary>
/// <param name="State">State of the engine.</param>
/// <param name="EventTypes">Per event type, in order of registration.</param>
/// <param name="Subscriptions">Per active subscription, in order of id.</param>
/// <param name="Dispatchers">Per dispatcher thread.</param>
public sealed record EngineStatistics(
    EngineState State,
    IReadOnlyList<EventTypeStatistics> EventTypes,
    IReadOnlyList<SubscriptionStatistics> Subscriptions,
    IReadOnlyList<DispatcherStatistics> Dispatchers)
{
    /// <summary>The statistics of an event type.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">The engine has no event type of that name.</exception>
    public EventTypeStatistics this[string name] =>
        EventTypes.FirstOrDefault(type => type.Name == name)
        ?? throw new KeyNotFoundException($"The engine has no event type \"{name}\".");
}

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
    LatencySummary Latency,
    long SlotCount,
    int SubscriptionCount)
{
    /// <summary>Mean events per batch.</summary>
    public double AverageBatch => Batches == 0 ? 0 : (double)DispatchedInBatches / Batches;

    /// <summary>Share of the slots in use, 0 to 1.</summary>
    public double Occupancy => SlotCount == 0 ? 0 : (double)Ledger.Buffered / SlotCount;

    /// <summary>Time publishers have waited for free slots.</summary>
    public TimeSpan StallTime => MonotonicClock.ToTimeSpan(Ledger.StallTicks);
}

/// <summary>Counters of one subscription.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="EventType">Name of its event type.</param>
/// <param name="Delivered">Events handed to the handler.</param>
/// <param name="Errors">Times it threw.</param>
public sealed record SubscriptionStatistics(long Id, string Name, string EventType, long Delivered, long Errors);

/// <summary>State of one dispatcher thread.</summary>
/// <param name="Name">Thread name.</param>
/// <param name="LaneCount">Lanes it serves.</param>
/// <param name="PollGap">Wait between two looks at the rings, as sized at present.</param>
/// <param name="MaxBatch">Most events of one batch, as sized at present.</param>
/// <param name="IsSleeping">Whether it sleeps.</param>
public sealed record DispatcherStatistics(string Name, int LaneCount, TimeSpan PollGap, int MaxBatch, bool IsSleeping);
