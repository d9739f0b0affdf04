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

    /// <summary>A queue holds events, or a handler is at one, and none is handled: since how many seconds.</summary>
    Stuck,

    /// <summary>The process uses nearly all processors: a share of them.</summary>
    ProcessorExhaustion,
}

/// <summary>One measured value that is judged.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Culprit">What it belongs to: a subscription, the bus or the process.</param>
/// <param name="Value">The value.</param>
/// <param name="Thresholds">What it is compared with.</param>
internal readonly record struct BusSignal(AlertKind Kind, string Culprit, double Value, Thresholds<double> Thresholds);

/// <summary>
/// Makes signals of what happened between two looks at it. Not thread-safe: it remembers since when a queue has stood still.
/// </summary>
internal sealed class BusSignals
{
    // A bus that has not been started is no failure yet.
    private static readonly Thresholds<double> StateThresholds = new() { Clear = 0.5, Degraded = 0.5, Unhealthy = 1 };

    private readonly Dictionary<string, (long Progress, TimeSpan Since, bool WasWaiting)> _progress = [];

    public List<BusSignal> Of(BusInterval interval, MetricsOptions options)
    {
        EventBusStatistics now = interval.Later;
        var limits = new Limits(options);
        List<BusSignal> signals =
        [
            new(AlertKind.BusUnavailable, $"bus \"{now.Name}\"", ValueOf(now.State), StateThresholds),
            new(AlertKind.MemoryExhaustion, "process", interval.Resources.MemoryLoad, options.MemoryLoad),
            new(AlertKind.ProcessorExhaustion, "process", interval.ProcessorLoad, options.ProcessorLoad),
        ];
        foreach (SubscriptionInterval subscription in interval.Subscriptions)
            Add(signals, subscription, now.Uptime, limits);
        foreach (MessageInterval messages in interval.Messages)
            Add(signals, messages, now.Uptime, limits);
        foreach (string gone in _progress.Keys.Except(signals.Select(static signal => signal.Culprit)).ToArray())
            _progress.Remove(gone);
        return signals;
    }

    private void Add(List<BusSignal> signals, SubscriptionInterval subscription, TimeSpan now, in Limits limits)
    {
        string culprit = subscription.Culprit;
        bool isLatencyKnown = subscription.EndToEnd.Count >= limits.Options.MinCalls;
        bool isErrorRateKnown = Math.Max(subscription.Delivered, subscription.Failed) >= limits.Options.MinCalls;
        double latency = isLatencyKnown ? subscription.EndToEnd.Percentile(0.99).TotalSeconds : 0;
        signals.Add(new(AlertKind.Performance, culprit, latency, limits.Latency));
        signals.Add(new(AlertKind.ErrorRate, culprit, isErrorRateKnown ? subscription.ErrorRate : 0, limits.Options.ErrorRate));
        if (subscription.QueueCapacity > 0)
            signals.Add(new(AlertKind.QueueExhaustion, culprit, subscription.QueueFill, limits.Options.QueueFill));
        bool isAtWork = subscription.QueueLength > 0 || subscription.InFlight > 0;
        TimeSpan standstill = StandstillOf(culprit, subscription.Progress, isAtWork, now);
        signals.Add(new(AlertKind.Stuck, culprit, standstill.TotalSeconds, limits.Stuck));
    }

    private void Add(List<BusSignal> signals, MessageInterval messages, TimeSpan now, in Limits limits)
    {
        string culprit = messages.Culprit;
        // Few acks are measured, so those of the interval count and not the measurements.
        bool isLatencyKnown = messages.Acked >= limits.Options.MinCalls && messages.AckTime.Count > 0;
        double latency = isLatencyKnown ? messages.AckTime.Percentile(0.99).TotalSeconds : 0;
        signals.Add(new(AlertKind.Performance, culprit, latency, limits.Latency));
        bool isErrorRateKnown = messages.Ended >= limits.Options.MinCalls;
        signals.Add(new(AlertKind.ErrorRate, culprit, isErrorRateKnown ? messages.ErrorRate : 0, limits.Options.ErrorRate));
        signals.Add(new(AlertKind.QueueExhaustion, culprit, messages.Fill, limits.Options.QueueFill));
        TimeSpan standstill = StandstillOf(culprit, messages.Progress, messages.Later.Backlog > 0, now);
        signals.Add(new(AlertKind.Stuck, culprit, standstill.TotalSeconds, limits.Stuck));
    }

    private static double ValueOf(LifecycleState state) => state switch
    {
        LifecycleState.Running => 0,
        LifecycleState.Created => 0.5,
        _ => 1,
    };

    /// <summary>For how long there have been events in a queue or with its handlers without one leaving them.</summary>
    private TimeSpan StandstillOf(string culprit, long progress, bool isWaiting, TimeSpan now)
    {
        if (!_progress.TryGetValue(culprit, out var last) || !isWaiting || !last.WasWaiting || last.Progress != progress)
            last = (progress, now, isWaiting);
        _progress[culprit] = last;
        return now - last.Since;
    }

    private readonly struct Limits(MetricsOptions options)
    {
        public MetricsOptions Options { get; } = options;

        public Thresholds<double> Latency { get; } = new()
        {
            Clear = options.LatencyP99.Clear.TotalSeconds,
            Degraded = options.LatencyP99.Degraded.TotalSeconds,
            Unhealthy = options.LatencyP99.Unhealthy.TotalSeconds,
        };

        public Thresholds<double> Stuck { get; } = new()
        {
            Clear = options.StallTimeout.TotalSeconds,
            Degraded = options.StallTimeout.TotalSeconds,
            Unhealthy = options.StallTimeout.TotalSeconds,
        };
    }
}
