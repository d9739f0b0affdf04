namespace Engine.Bus;

/// <summary>How a bus is watched: how often it is measured, what is kept, and what counts as trouble.</summary>
public sealed class MetricsOptions
{
    /// <summary>
    /// Whether the bus of a host is measured regularly, and whether some calls of handlers on publishers' threads are timed. Counters are
    /// kept in any case.
    /// </summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>The time between two measurements.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Measurements that are kept; older ones are forgotten.</summary>
    public int HistoryLength { get; set; } = 60;

    /// <summary>Last errors of handlers that are kept for a diagnosis.</summary>
    public int RecentErrorCount { get; set; } = 100;

    /// <summary>Handlers and queues that a diagnosis lists at most.</summary>
    public int TopCount { get; set; } = 5;

    /// <summary>How long a value must stay beyond a threshold before an alert is raised or cleared.</summary>
    public TimeSpan AlertDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a queue may hold events, or a handler be at one, without one being handled before its subscription counts as stuck.
    /// </summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Calls of a handler between two measurements below which its error rate and latency are not judged.</summary>
    public int MinCalls { get; set; } = 10;

    /// <summary>
    /// Limits of the 99th percentile of the time from publishing to the end of the handler, or of the handler's time alone where it has
    /// no queue.
    /// </summary>
    public Thresholds<TimeSpan> LatencyP99 { get; set; } = new()
    {
        Clear = TimeSpan.FromMilliseconds(500),
        Degraded = TimeSpan.FromSeconds(1),
        Unhealthy = TimeSpan.FromSeconds(5),
    };

    /// <summary>Limits of the share of calls that fail: 0 to 1.</summary>
    public Thresholds<double> ErrorRate { get; set; } = new() { Clear = 0.01, Degraded = 0.05, Unhealthy = 0.25 };

    /// <summary>Limits of the share of a queue that is in use: 0 to 1.</summary>
    public Thresholds<double> QueueFill { get; set; } = new() { Clear = 0.5, Degraded = 0.8, Unhealthy = 0.95 };

    /// <summary>Limits of the share of the memory available to the process that is in use: 0 to 1.</summary>
    public Thresholds<double> MemoryLoad { get; set; } = new() { Clear = 0.75, Degraded = 0.85, Unhealthy = 0.95 };

    /// <summary>
    /// Limits of the share of all processors that the process uses: 0 to 1. What is measured is below 1, so that by default it is never
    /// more than degraded: a machine at work is no failure.
    /// </summary>
    public Thresholds<double> ProcessorLoad { get; set; } = new() { Clear = 0.9, Degraded = 0.95, Unhealthy = 1 };

    internal MetricsOptions Copy() => new()
    {
        IsEnabled = IsEnabled,
        Interval = Interval,
        HistoryLength = HistoryLength,
        RecentErrorCount = RecentErrorCount,
        TopCount = TopCount,
        AlertDelay = AlertDelay,
        StallTimeout = StallTimeout,
        MinCalls = MinCalls,
        LatencyP99 = LatencyP99.Copy(),
        ErrorRate = ErrorRate.Copy(),
        QueueFill = QueueFill.Copy(),
        MemoryLoad = MemoryLoad.Copy(),
        ProcessorLoad = ProcessorLoad.Copy(),
    };
}
