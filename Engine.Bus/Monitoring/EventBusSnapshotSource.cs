using Engine.Bus.Delivery;

namespace Engine.Bus.Monitoring;

/// <summary>Takes snapshots of a bus. Thread-safe; delays no publisher.</summary>
/// <param name="bus">The bus.</param>
public sealed class EventBusSnapshotSource(EventBus bus) : IBusSnapshotSource
{
    private readonly long _started = bus.Core.TimeProvider.GetTimestamp();

    /// <inheritdoc/>
    public BusSnapshot TakeSnapshot()
    {
        EventBusStatistics statistics = bus.GetStatistics();
        Dictionary<long, SubscriptionQueue?> queues = bus.Subscriptions().ToDictionary(static s => s.Id, static s => s.Queue);
        return new BusSnapshot
        {
            BusName = bus.Name,
            State = statistics.State,
            Time = bus.Core.TimeProvider.GetUtcNow(),
            Uptime = bus.Core.TimeProvider.GetElapsedTime(_started),
            Published = statistics.Topics.Sum(static topic => topic.Published),
            Subscriptions = [.. statistics.Subscriptions.Select(s => SnapshotOf(s, queues.GetValueOrDefault(s.Id)))],
            Resources = ResourceSnapshot.Take(),
        };
    }

    private static SubscriptionSnapshot SnapshotOf(BusSubscriptionStatistics statistics, SubscriptionQueue? queue) => new()
    {
        Id = statistics.Id,
        Name = statistics.Name,
        Pattern = statistics.Pattern,
        Mode = statistics.Queue?.CurrentMode ?? statistics.Mode,
        QueueLength = statistics.Queue?.Queued ?? 0,
        QueueCapacity = statistics.Queue?.Capacity ?? 0,
        InFlight = statistics.Queue?.InFlight ?? 0,
        Accepted = statistics.Queue?.Accepted ?? 0,
        Delivered = statistics.DeliveredCount,
        Failed = statistics.ErrorCount,
        Retried = statistics.Queue?.Retried ?? 0,
        Rejected = statistics.Queue?.Rejected ?? 0,
        Dropped = statistics.Queue is { } counters ? counters.DroppedIncoming + counters.DroppedOldest : 0,
        Discarded = statistics.Queue?.Discarded ?? 0,
        HandlerTime = queue?.HandlerTimes() ?? DurationSnapshot.Empty,
        Latency = queue?.Latencies() ?? DurationSnapshot.Empty,
    };
}
