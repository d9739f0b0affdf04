using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>What can go wrong on a bus.</summary>
public enum AlertKind
{
    /// <summary>Handling takes too long: the 99th percentile, in seconds.</summary>
    Performance,

    /// <summary>Too many calls fail: a share.</summary>
    ErrorRate,

    /// <summary>A queue is nearly full: a share.</summary>
    QueueExhaustion,

    /// <summary>Memory is nearly used up: a share.</summary>
    MemoryExhaustion,

    /// <summary>The bus does not run: 1, or 0.5 if it has not been started.</summary>
    BusUnavailable,

    /// <summary>A queue holds events and none is handled: since how many seconds.</summary>
    Stuck,
}

/// <summary>One measured value that is judged.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Culprit">What it belongs to: a subscription, the bus or the process.</param>
/// <param name="Key">The culprit, where names are not unique.</param>
/// <param name="Value">The value.</param>
/// <param name="Thresholds">What it is compared with.</param>
internal readonly record struct BusSignal(AlertKind Kind, string Culprit, long Key, double Value, Thresholds<double> Thresholds);

/// <summary>Makes signals of what happened between two snapshots. Not thread-safe: it remembers since when a queue has stood still.</summary>
internal sealed class BusSignals
{
    // A bus that has not been started is no failure yet.
    private static readonly Thresholds<double> StateThresholds = new() { Clear = 0.5, Degraded = 0.5, Unhealthy = 1 };

    private readonly Dictionary<long, (long Progress, TimeSpan Since, bool WasWaiting)> _progress = [];

    public List<BusSignal> Of(BusInterval interval, MetricsOptions options)
    {
        BusSnapshot now = interval.Later;
        Thresholds<double> latency = InSeconds(options.LatencyP99);
        double stall = options.StallTimeout.TotalSeconds;
        var stuck = new Thresholds<double> { Clear = stall, Degraded = stall, Unhealthy = stall };
        List<BusSignal> signals =
        [
            new(AlertKind.BusUnavailable, $"bus \"{now.BusName}\"", 0, ValueOf(now.State), StateThresholds),
            new(AlertKind.MemoryExhaustion, "process", 0, now.Resources.MemoryLoad, options.MemoryLoad),
        ];
        foreach (SubscriptionInterval subscription in interval.Subscriptions)
        {
            SubscriptionSnapshot later = subscription.Later;
            string culprit = $"subscription \"{later.Name}\" (#{later.Id})";
            bool isLatencyKnown = subscription.EndToEnd.Count >= options.MinCalls;
            bool isErrorRateKnown = Math.Max(subscription.Delivered, subscription.Failed) >= options.MinCalls;
            signals.Add(new(AlertKind.Performance, culprit, later.Id, isLatencyKnown ? subscription.EndToEnd.Percentile(0.99).TotalSeconds : 0, latency));
            signals.Add(new(AlertKind.ErrorRate, culprit, later.Id, isErrorRateKnown ? subscription.ErrorRate : 0, options.ErrorRate));
            if (later.QueueCapacity > 0)
                signals.Add(new(AlertKind.QueueExhaustion, culprit, later.Id, subscription.QueueFill, options.QueueFill));
            signals.Add(new(AlertKind.Stuck, culprit, later.Id, StandstillOf(later, now.Uptime).TotalSeconds, stuck));
        }

        foreach (long gone in _progress.Keys.Except(now.Subscriptions.Select(static s => s.Id)).ToArray())
            _progress.Remove(gone);
        return signals;
    }

    private static double ValueOf(LifecycleState state) => state switch
    {
        LifecycleState.Running => 0,
        LifecycleState.Created => 0.5,
        _ => 1,
    };

    private static Thresholds<double> InSeconds(Thresholds<TimeSpan> thresholds) => new()
    {
        Clear = thresholds.Clear.TotalSeconds,
        Degraded = thresholds.Degraded.TotalSeconds,
        Unhealthy = thresholds.Unhealthy.TotalSeconds,
    };

    /// <summary>For how long the queue has held events without one leaving it or its handler.</summary>
    private TimeSpan StandstillOf(SubscriptionSnapshot subscription, TimeSpan now)
    {
        long progress = subscription.Delivered + subscription.Failed + subscription.Retried + subscription.Discarded - subscription.InFlight;
        bool isWaiting = subscription.QueueLength > 0;
        if (!_progress.TryGetValue(subscription.Id, out var last) || !isWaiting || !last.WasWaiting || last.Progress != progress)
            last = (progress, now, isWaiting);
        _progress[subscription.Id] = last;
        return now - last.Since;
    }
}
