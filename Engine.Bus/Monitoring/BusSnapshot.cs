using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>Where snapshots of a bus come from. Called by one thread at a time; must not block for long.</summary>
public interface IBusSnapshotSource
{
    /// <summary>Reads all counters now.</summary>
    BusSnapshot TakeSnapshot();
}

/// <summary>The counters of a bus at one moment. Immutable.</summary>
public sealed record BusSnapshot
{
    /// <summary>The bus's name.</summary>
    public required string BusName { get; init; }

    /// <summary>Where the bus is in its life.</summary>
    public required LifecycleState State { get; init; }

    /// <summary>When the counters were read, by the wall clock, for people.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When they were read since the source was made, by a clock that never goes back, for differences.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Events published while somebody was subscribed.</summary>
    public required long Published { get; init; }

    /// <summary>The subscriptions, by id.</summary>
    public required IReadOnlyList<SubscriptionSnapshot> Subscriptions { get; init; }

    /// <summary>What the process uses.</summary>
    public required ResourceSnapshot Resources { get; init; }
}

/// <summary>The counters of one subscription at one moment. Immutable.</summary>
public sealed record SubscriptionSnapshot
{
    /// <summary>Its id.</summary>
    public required long Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Which event names it takes.</summary>
    public required string Pattern { get; init; }

    /// <summary>Where and how the handler runs.</summary>
    public ProcessingMode Mode { get; init; }

    /// <summary>Events in the queue.</summary>
    public int QueueLength { get; init; }

    /// <summary>Events that may be in the queue; 0 without a queue.</summary>
    public int QueueCapacity { get; init; }

    /// <summary>Events in the handler.</summary>
    public int InFlight { get; init; }

    /// <summary>Events queued.</summary>
    public long Accepted { get; init; }

    /// <summary>Events handed to the handler, those it threw on included.</summary>
    public long Delivered { get; init; }

    /// <summary>Events on which the handler failed for good, and times its filter threw.</summary>
    public long Failed { get; init; }

    /// <summary>Tries after the first.</summary>
    public long Retried { get; init; }

    /// <summary>Events refused because the queue was full.</summary>
    public long Rejected { get; init; }

    /// <summary>Events dropped because the queue was full.</summary>
    public long Dropped { get; init; }

    /// <summary>Events that the handler did not get because the subscription or the bus ended.</summary>
    public long Discarded { get; init; }

    /// <summary>Times of the handler.</summary>
    public DurationSnapshot HandlerTime { get; init; } = DurationSnapshot.Empty;

    /// <summary>Times from publishing to the end of the handler.</summary>
    public DurationSnapshot Latency { get; init; } = DurationSnapshot.Empty;
}
