using Engine.Primitives;

namespace Engine.Bus;

/// <summary>How subscriptions that have a queue (async and batch mode) are served.</summary>
public sealed class AsyncOptions
{
    /// <summary>Events that may wait in the queue of one subscription.</summary>
    public int QueueCapacity { get; set; } = 4096;

    /// <summary>What happens to an event that is published while the queue is full.</summary>
    public OverflowPolicy OverflowPolicy { get; set; }

    /// <summary>
    /// Handlers of one subscription that may run at the same time. 1 keeps the order of events; see
    /// <see cref="BusSubscriptionOptions.MaxConcurrency"/> and <see cref="BusSubscriptionOptions.Unlimited"/>.
    /// </summary>
    public int MaxConcurrency { get; set; } = 1;

    /// <summary>
    /// Dispatchers that share the subscriptions and steal from each other; 0 for one per processor. Read when the bus starts.
    /// </summary>
    public int DispatcherCount { get; set; }

    /// <summary>
    /// Envelopes of queued events that are kept for use again, for each event type, beside those in the queues: 1 to 1,048,576. Read
    /// when the bus is made.
    /// </summary>
    public int PoolSize { get; set; } = 8192;

    /// <summary>
    /// Whether dispatchers are added while handlers block all there are, so that others' events do not wait for them. Without, work
    /// waits until a handler ends.
    /// </summary>
    public bool IsAdaptive { get; set; } = true;

    internal AsyncOptions Copy() => new()
    {
        QueueCapacity = QueueCapacity,
        OverflowPolicy = OverflowPolicy,
        MaxConcurrency = MaxConcurrency,
        DispatcherCount = DispatcherCount,
        IsAdaptive = IsAdaptive,
        PoolSize = PoolSize,
    };
}
