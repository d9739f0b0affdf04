using Engine.Bus.Scheduling;
using static Engine.Bus.Options.OptionChange;

namespace Engine.Bus.Options;

/// <summary>All options that can be configured. Binding, validation, copies and the documentation go by this one list.</summary>
internal static class BusOptionKeys
{
    private const int MaxBatch = 1 << 20;
    private const int MaxQueue = 1 << 24;

    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>The options, in the order of the documentation.</summary>
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        Integer("MaxDepth", 1, 15, Restart, static o => o.MaxDepth, static (o, v) => o.MaxDepth = v),
        Integer("MaxCausationDepth", 1, 1_000_000, Restart, static o => o.MaxCausationDepth, static (o, v) => o.MaxCausationDepth = v),
        new OptionKey<string?>("VmId", OptionForm.Text, OptionRange.UpTo(256), Restart, static o => o.VmId, static (o, v) => o.VmId = v),
        Choice("DefaultMode", AtOnce, static o => o.DefaultMode, static (o, v) => o.DefaultMode = v),
        Duration("DisposeTimeout", TimeSpan.Zero, Day, AtOnce, static o => o.DisposeTimeout, static (o, v) => o.DisposeTimeout = v),

        Integer("Batch:Size", 1, MaxBatch, AtOnce, static o => o.Batch.Size, static (o, v) => o.Batch.Size = v),
        Integer("Batch:MinSize", 1, MaxBatch, AtOnce, static o => o.Batch.MinSize, static (o, v) => o.Batch.MinSize = v),
        Integer("Batch:MaxSize", 1, MaxBatch, AtOnce, static o => o.Batch.MaxSize, static (o, v) => o.Batch.MaxSize = v),
        Duration("Batch:MaxWait", Microsecond, Hour, AtOnce, static o => o.Batch.MaxWait, static (o, v) => o.Batch.MaxWait = v),
        Boolean("Batch:IsAdaptive", AtOnce, static o => o.Batch.IsAdaptive, static (o, v) => o.Batch.IsAdaptive = v),
        Duration("Batch:TargetLatency", Microsecond, Hour, AtOnce,
            static o => o.Batch.TargetLatency, static (o, v) => o.Batch.TargetLatency = v),
        Number("Batch:TargetEventsPerSecond", OptionRange.Of(0.0, 1e9), AtOnce,
            static o => o.Batch.TargetEventsPerSecond, static (o, v) => o.Batch.TargetEventsPerSecond = v),
        Number("Batch:LearningRate", OptionRange.Above(0.0, 1.0), AtOnce,
            static o => o.Batch.LearningRate, static (o, v) => o.Batch.LearningRate = v),

        Integer("Async:QueueCapacity", 1, MaxQueue, AtOnce, static o => o.Async.QueueCapacity, static (o, v) => o.Async.QueueCapacity = v),
        Choice("Async:OverflowPolicy", AtOnce, static o => o.Async.OverflowPolicy, static (o, v) => o.Async.OverflowPolicy = v),
        Integer("Async:MaxConcurrency", 1, 65_536, AtOnce, static o => o.Async.MaxConcurrency, static (o, v) => o.Async.MaxConcurrency = v),
        Integer("Async:DispatcherCount", 0, BusScheduler.MaxDispatcherCount, Restart,
            static o => o.Async.DispatcherCount, static (o, v) => o.Async.DispatcherCount = v),

        Retry("MaxAttempts", OptionForm.Count, OptionRange.OrUnlimited(1, 1000),
            static r => r.MaxAttempts, static (r, v) => r with { MaxAttempts = v }),
        Retry("BaseDelay", OptionForm.Duration, OptionRange.Of(Millisecond, Day),
            static r => r.BaseDelay, static (r, v) => r with { BaseDelay = v }),
        Retry("MaxDelay", OptionForm.Duration, OptionRange.Of(Millisecond, Day),
            static r => r.MaxDelay, static (r, v) => r with { MaxDelay = v }),
        Retry("Multiplier", OptionForm.Number, OptionRange.Of(1.0, 100.0),
            static r => r.Multiplier, static (r, v) => r with { Multiplier = v }),
        Retry("Jitter", OptionForm.Choice<RetryJitter>(), OptionRange.Named<RetryJitter>(),
            static r => r.Jitter, static (r, v) => r with { Jitter = v }),

        Boolean("Metrics:IsEnabled", Restart, static o => o.Metrics.IsEnabled, static (o, v) => o.Metrics.IsEnabled = v),
        Duration("Metrics:Interval", TimeSpan.FromMilliseconds(100), Hour, AtOnce,
            static o => o.Metrics.Interval, static (o, v) => o.Metrics.Interval = v),
        Integer("Metrics:HistoryLength", 2, 10_000, AtOnce,
            static o => o.Metrics.HistoryLength, static (o, v) => o.Metrics.HistoryLength = v),
        Integer("Metrics:RecentErrorCount", 1, 10_000, Restart,
            static o => o.Metrics.RecentErrorCount, static (o, v) => o.Metrics.RecentErrorCount = v),
        Integer("Metrics:TopCount", 1, 100, AtOnce, static o => o.Metrics.TopCount, static (o, v) => o.Metrics.TopCount = v),
        Duration("Metrics:AlertDelay", TimeSpan.Zero, Hour, AtOnce,
            static o => o.Metrics.AlertDelay, static (o, v) => o.Metrics.AlertDelay = v),
        Duration("Metrics:StallTimeout", TimeSpan.FromSeconds(1), Hour, AtOnce,
            static o => o.Metrics.StallTimeout, static (o, v) => o.Metrics.StallTimeout = v),
        Integer("Metrics:MinCalls", 1, 1_000_000, AtOnce, static o => o.Metrics.MinCalls, static (o, v) => o.Metrics.MinCalls = v),
        .. Limits("Metrics:LatencyP99", OptionForm.Duration, OptionRange.Of(Microsecond, Hour), static o => o.Metrics.LatencyP99),
        .. Limits("Metrics:ErrorRate", OptionForm.Number, OptionRange.Above(0.0, 1.0), static o => o.Metrics.ErrorRate),
        .. Limits("Metrics:QueueFill", OptionForm.Number, OptionRange.Above(0.0, 1.0), static o => o.Metrics.QueueFill),
        .. Limits("Metrics:MemoryLoad", OptionForm.Number, OptionRange.Above(0.0, 1.0), static o => o.Metrics.MemoryLoad),
    ];

    /// <summary>The parts of the tree that must be there, with a function that reads each.</summary>
    public static IReadOnlyList<(string Path, Func<EventBusOptions, object?> Get)> Sections { get; } =
    [
        ("Batch", static o => o.Batch),
        ("Async", static o => o.Async),
        ("Retry", static o => o.Retry),
        ("Metrics", static o => o.Metrics),
        ("Metrics:LatencyP99", static o => o.Metrics?.LatencyP99),
        ("Metrics:ErrorRate", static o => o.Metrics?.ErrorRate),
        ("Metrics:QueueFill", static o => o.Metrics?.QueueFill),
        ("Metrics:MemoryLoad", static o => o.Metrics?.MemoryLoad),
    ];

    /// <summary>The options that differ.</summary>
    public static IReadOnlyList<OptionKey> Difference(EventBusOptions left, EventBusOptions right) =>
        [.. All.Where(key => !key.IsEqual(left, right))];

    private static OptionKey<int> Integer(
        string path, int least, int most, OptionChange change, Func<EventBusOptions, int> get, Action<EventBusOptions, int> set) =>
        new(path, OptionForm.Integer, OptionRange.Of(least, most), change, get, set);

    private static OptionKey<double> Number(
        string path, OptionRange<double> range, OptionChange change, Func<EventBusOptions, double> get, Action<EventBusOptions,
            double> set) =>
        new(path, OptionForm.Number, range, change, get, set);

    private static OptionKey<TimeSpan> Duration(
        string path, TimeSpan least, TimeSpan most, OptionChange change, Func<EventBusOptions, TimeSpan> get, Action<EventBusOptions,
            TimeSpan> set) =>
        new(path, OptionForm.Duration, OptionRange.Of(least, most), change, get, set);

    // Immutable, because code, files and messages share them: a new value makes new options.
    private static OptionKey<T> Retry<T>(
        string name, OptionForm<T> form, OptionRange<T> range, Func<RetryOptions, T> get, Func<RetryOptions, T, RetryOptions> with) =>
        new("Retry:" + name, form, range, AtOnce, o => get(o.Retry), (o, v) => o.Retry = with(o.Retry, v));

    private static OptionKey<bool> Boolean(
        string path, OptionChange change, Func<EventBusOptions, bool> get, Action<EventBusOptions, bool> set) =>
        new(path, OptionForm.Boolean, OptionRange.Any, change, get, set);

    private static OptionKey<T> Choice<T>(string path, OptionChange change, Func<EventBusOptions, T> get, Action<EventBusOptions, T> set)
        where T : struct, Enum =>
        new(path, OptionForm.Choice<T>(), OptionRange.Named<T>(), change, get, set);

    private static OptionKey<T>[] Limits<T>(
        string path, OptionForm<T> form, OptionRange<T> range, Func<EventBusOptions, Thresholds<T>> of)
        where T : struct, IComparable<T> =>
    [
        new(path + ":Clear", form, range, AtOnce, o => of(o).Clear, (o, v) => of(o).Clear = v),
        new(path + ":Degraded", form, range, AtOnce, o => of(o).Degraded, (o, v) => of(o).Degraded = v),
        new(path + ":Unhealthy", form, range, AtOnce, o => of(o).Unhealthy, (o, v) => of(o).Unhealthy = v),
    ];
}
