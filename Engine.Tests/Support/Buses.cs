using Engine.Bus;

namespace Engine.Tests.Support;

/// <summary>Buses for tests, and short ways to what tests ask them.</summary>
internal static class Buses
{
    public static EventBus Started(EventBusOptions? options = null)
    {
        var bus = new EventBus("test", options);
        bus.Start();
        return bus;
    }

    /// <summary>The queue's counters of an active subscription.</summary>
    public static QueueStatistics QueueOf(this EventBus bus, BusSubscription subscription) =>
        bus.GetStatistics().Subscriptions.Single(s => s.Id == subscription.Id).Queue
        ?? throw new InvalidOperationException($"{subscription} has no queue.");

    /// <summary>Events accepted and not accounted for; 0 at rest.</summary>
    public static long Unaccounted(this QueueStatistics queue) =>
        queue.Accepted - queue.Succeeded - queue.Failed - queue.Discarded - queue.DroppedOldest - queue.Queued;

    /// <summary>Stops a bus that has to drain.</summary>
    public static void StopDrained(this EventBus bus)
    {
        BusStopReport report = Eventually.Result(bus.StopAsync(Eventually.HangGuard));
        Assert.That(report.IsDrained, $"left: {string.Join(", ", report.Left)}");
    }
}
