namespace Engine.Bus.Monitoring;

/// <summary>What happened on a bus between two snapshots.</summary>
internal sealed class BusInterval
{
    public BusInterval(BusSnapshot? earlier, BusSnapshot later)
    {
        Later = later;
        Duration = earlier is null ? later.Uptime : later.Uptime - earlier.Uptime;
        Published = later.Published - (earlier?.Published ?? 0);
        Resources = earlier?.Resources;
        Dictionary<long, SubscriptionSnapshot> before = earlier?.Subscriptions.ToDictionary(static s => s.Id) ?? [];
        Subscriptions = [.. later.Subscriptions.Select(now => new SubscriptionInterval(before.GetValueOrDefault(now.Id), now))];
    }

    public BusSnapshot Later { get; }

    public TimeSpan Duration { get; }

    public long Published { get; }

    /// <summary>What the process used at the beginning; null if that is not known.</summary>
    public ResourceSnapshot? Resources { get; }

    public IReadOnlyList<SubscriptionInterval> Subscriptions { get; }

    /// <summary>How often per second something happened that happened so often in the interval.</summary>
    public double PerSecond(double count) => Duration > TimeSpan.Zero ? count / Duration.TotalSeconds : 0;
}

/// <summary>What happened to one subscription between two snapshots.</summary>
internal sealed class SubscriptionInterval(SubscriptionSnapshot? earlier, SubscriptionSnapshot later)
{
    public SubscriptionSnapshot Later { get; } = later;

    public long Delivered { get; } = later.Delivered - (earlier?.Delivered ?? 0);

    public long Failed { get; } = later.Failed - (earlier?.Failed ?? 0);

    public long Retried { get; } = later.Retried - (earlier?.Retried ?? 0);

    /// <summary>Events that were refused, dropped or discarded.</summary>
    public long Lost { get; } = LostOf(later) - (earlier is null ? 0 : LostOf(earlier));

    public int QueueGrowth { get; } = later.QueueLength - (earlier?.QueueLength ?? 0);

    public DurationSnapshot HandlerTime { get; } = earlier is null ? later.HandlerTime : later.HandlerTime.Since(earlier.HandlerTime);

    public DurationSnapshot Latency { get; } = earlier is null ? later.Latency : later.Latency.Since(earlier.Latency);

    /// <summary>The share of calls that failed; a filter that throws fails without a call.</summary>
    public double ErrorRate => Failed == 0 ? 0 : (double)Failed / Math.Max(Delivered, Failed);

    public double QueueFill => Later.QueueCapacity > 0 ? (double)Later.QueueLength / Later.QueueCapacity : 0;

    /// <summary>From publishing to the end of the handler, or the handler alone where that is all that is measured.</summary>
    public DurationSnapshot EndToEnd => Latency.Count > 0 ? Latency : HandlerTime;

    /// <summary>Estimated from the mean, because not every call need be measured.</summary>
    public TimeSpan TotalHandlerTime => HandlerTime.Mean * Math.Max(Delivered, HandlerTime.Count);

    private static long LostOf(SubscriptionSnapshot snapshot) => snapshot.Rejected + snapshot.Dropped + snapshot.Discarded;
}
