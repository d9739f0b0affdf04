using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>Makes reports of intervals.</summary>
internal static class PerformanceReports
{
    public static PerformanceReport Of(BusInterval interval, IReadOnlyList<BusTrouble> troubles) => new(
        interval.Later.Name,
        interval.Later.State,
        interval.Later.Time,
        interval.Duration.TotalSeconds,
        [.. interval.Subscriptions.Select(LatencyOf)],
        ThroughputOf(interval),
        ResourcesOf(interval),
        ErrorsOf(interval),
        [.. interval.Messages.Select(messages => MessagesOf(interval, messages))],
        troubles);

    private static LatencyMetrics LatencyOf(SubscriptionInterval subscription)
    {
        DurationDistribution handler = subscription.HandlerTime;
        DurationDistribution endToEnd = subscription.EndToEnd;
        return new LatencyMetrics(
            subscription.Later.Name, subscription.Later.Id, handler.Count,
            handler.Mean.TotalMilliseconds, At(handler, 0.5), At(handler, 0.9), At(handler, 0.99), handler.Max.TotalMilliseconds,
            At(endToEnd, 0.5), At(endToEnd, 0.99));

        static double At(DurationDistribution durations, double share) => durations.Percentile(share).TotalMilliseconds;
    }

    private static MessageMetrics MessagesOf(BusInterval interval, MessageInterval messages)
    {
        MessageSubscriptionStatistics later = messages.Later;
        return new MessageMetrics(
            later.Name, later.Id, later.Waiting, later.InFlight, later.Capacity,
            interval.PerSecond(messages.Acked), interval.PerSecond(messages.Nacked), interval.PerSecond(messages.Expired),
            interval.PerSecond(messages.Lost), later.Parked + later.Stored,
            messages.AckTime.Percentile(0.5).TotalMilliseconds, messages.AckTime.Percentile(0.99).TotalMilliseconds);
    }

    private static ThroughputMetrics ThroughputOf(BusInterval interval) => new(
        interval.PerSecond(interval.Published),
        interval.PerSecond(interval.Subscriptions.Sum(static s => s.Delivered)),
        interval.Subscriptions.Sum(static s => (long)s.QueueLength),
        interval.PerSecond(interval.Subscriptions.Sum(static s => (long)s.QueueGrowth)),
        [.. interval.Subscriptions.Select(s => new SubscriptionThroughput(
            s.Later.Name, s.Later.Id, s.Mode, interval.PerSecond(s.Delivered),
            s.QueueLength, s.QueueCapacity, s.InFlight, interval.PerSecond(s.QueueGrowth)))]);

    private static ResourceMetrics ResourcesOf(BusInterval interval)
    {
        ResourceSnapshot now = interval.Resources;
        ResourceSnapshot before = interval.EarlierResources ?? now;
        return new ResourceMetrics(
            interval.PerSecond((now.ProcessorTime - before.ProcessorTime).TotalSeconds),
            interval.PerSecond(now.AllocatedBytes - before.AllocatedBytes),
            now.HeapBytes,
            now.WorkingSetBytes,
            now.MemoryLoad,
            now.Gen0Collections - before.Gen0Collections,
            now.Gen2Collections - before.Gen2Collections,
            interval.PerSecond((now.CollectionPause - before.CollectionPause).TotalSeconds),
            now.PoolThreads,
            now.PendingWork);
    }

    private static ErrorMetrics ErrorsOf(BusInterval interval)
    {
        long delivered = interval.Subscriptions.Sum(static s => s.Delivered);
        long failed = interval.Subscriptions.Sum(static s => s.Failed);
        return new ErrorMetrics(
            interval.PerSecond(failed),
            failed == 0 ? 0 : (double)failed / Math.Max(delivered, failed),
            interval.PerSecond(interval.Subscriptions.Sum(static s => s.Retried)),
            interval.PerSecond(interval.Subscriptions.Sum(static s => s.Lost)),
            [.. interval.Subscriptions
                .Where(static s => s.Failed > 0 || s.Retried > 0 || s.Lost > 0)
                .OrderByDescending(static s => s.ErrorRate)
                .Select(static s => new SubscriptionErrors(s.Later.Name, s.Later.Id, s.Failed, s.ErrorRate, s.Retried, s.Lost))]);
    }
}
