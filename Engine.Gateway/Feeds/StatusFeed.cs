using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;

namespace Engine.Gateway.Feeds;

/// <summary>Publishes snapshots of a bus's and the gateway's own counters every two seconds, and the bus's alerts.</summary>
public sealed class StatusFeed : IAsyncDisposable
{
    private const int MaxSubscriptions = 100;
    private const int MaxStreams = 50;

    private readonly EventGateway _gateway;
    private readonly IEventBus _bus;
    private readonly PerformanceMonitor _monitor;
    private readonly PeriodicFeed _feed;

    /// <summary>Begins to publish.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="bus">The bus.</param>
    /// <param name="period">Time between two; null for two seconds.</param>
    public StatusFeed(EventGateway gateway, IEventBus bus, TimeSpan? period = null)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(bus);
        (_gateway, _bus) = (gateway, bus);
        _monitor = new PerformanceMonitor(bus, onAlert: gateway.PublishAlerts(), timeProvider: gateway.TimeProvider);
        _monitor.Start();
        _feed = new PeriodicFeed(period ?? TimeSpan.FromSeconds(2), gateway.TimeProvider, Publish);
    }

    /// <summary>Ends publishing.</summary>
    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync().ConfigureAwait(false);
        _monitor.Dispose();
    }

    /// <summary>The bus's counters as they are now. Thread-safe.</summary>
    internal BusStatus Read() => StatusOf(_bus.GetStatistics(), _monitor.Health, _monitor.Troubles);

    private void Publish()
    {
        _gateway.Publish(Read(), _bus.Name);
        _gateway.Publish(_gateway.GetStatus(MaxStreams), "gateway");
    }

    private static BusStatus StatusOf(EventBusStatistics bus, HealthLevel health, IReadOnlyList<BusTrouble> troubles)
    {
        BusSubscriptionStatus[] all =
        [
            .. bus.Subscriptions.Select(Describe),
            .. bus.Messages.Select(static messages => new BusSubscriptionStatus(
                messages.Name, "messages", "messages", messages.Delivered, messages.Failed, 0, messages.Backlog, messages.Capacity,
                messages.Dropped + messages.Rejected, P99(messages.AckTime))),
        ];
        return new BusStatus(
            bus.State.ToString(),
            health.ToString().ToLowerInvariant(),
            bus.Published,
            bus.Topics.Count,
            [.. all.Take(MaxSubscriptions)],
            Math.Max(0, all.Length - MaxSubscriptions),
            [.. troubles.Take(20).Select(static trouble => trouble.ToString())]);
    }

    private static BusSubscriptionStatus Describe(BusSubscriptionStatistics one) => new(
        one.Name,
        one.Pattern,
        (one.Queue?.CurrentMode ?? one.Mode).ToString().ToLowerInvariant(),
        one.DeliveredCount,
        one.ErrorCount,
        one.Queue?.Retried ?? 0,
        one.Queue?.Queued ?? 0,
        one.Queue?.Capacity ?? 0,
        one.Queue?.Lost ?? 0,
        one.Queue is null ? 0 : P99(one.Queue.Latency));

    private static double P99(Engine.Primitives.DurationDistribution times) =>
        times.Count == 0 ? 0 : Math.Round(times.Percentile(0.99).TotalMicroseconds, 1);
}
