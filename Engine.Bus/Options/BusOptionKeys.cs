using Engine.Bus.Scheduling;
using Engine.Primitives;
using static Engine.Bus.Options.OptionChange;

namespace Engine.Bus.Options;

/// <summary>All options that can be configured. Binding, validation, copies and the documentation go by this one list.</summary>
internal static class BusOptionKeys
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>The options, in the order of the documentation.</summary>
    public static IReadOnlyList<OptionKey<EventBusOptions>> All { get; } =
    [
        Integer("MaxDepth", 1, 15, Restart, static o => o.MaxDepth, static (o, v) => o.MaxDepth = v),
        Integer("MaxCausationDepth", 1, 1_000_000, Restart, static o => o.MaxCausationDepth, static (o, v) => o.MaxCausationDepth = v),
        new OptionKey<EventBusOptions, string?>(
            "VmId", OptionForm.Text, OptionRange.UpTo(256), Restart, static o => o.VmId, static (o, v) => o.VmId = v),
        Choice("DefaultMode", AtOnce, static o => o.DefaultMode, static (o, v) => o.DefaultMode = v),
        Duration("DisposeTimeout", OptionRanges.DisposeTimeout, AtOnce,
            static o => o.DisposeTimeout, static (o, v) => o.DisposeTimeout = v),

        Count("Batch:Size", OptionRanges.BatchSize, AtOnce, static o => o.Batch.Size, static (o, v) => o.Batch.Size = v),
        new OptionKey<EventBusOptions, int>(
            "Batch:MinSize", OptionForm.Integer, OptionRanges.MinBatchSize, AtOnce,
            static o => o.Batch.MinSize, static (o, v) => o.Batch.MinSize = v),
        Count("Batch:MaxSize", OptionRanges.BatchSize, AtOnce, static o => o.Batch.MaxSize, static (o, v) => o.Batch.MaxSize = v),
        new OptionKey<EventBusOptions, TimeSpan>(
            "Batch:MaxWait", OptionForm.DurationOrUnlimited(BusSubscriptionOptions.UnlimitedWait), OptionRanges.BatchMaxWait, AtOnce,
            static o => o.Batch.MaxWait, static (o, v) => o.Batch.MaxWait = v),
        Boolean("Batch:IsAdaptive", AtOnce, static o => o.Batch.IsAdaptive, static (o, v) => o.Batch.IsAdaptive = v),
        Duration("Batch:TargetLatency", OptionRanges.Latency, AtOnce,
            static o => o.Batch.TargetLatency, static (o, v) => o.Batch.TargetLatency = v),
        Number("Batch:TargetEventsPerSecond", OptionRange.Of(0.0, 1e9), AtOnce,
            static o => o.Batch.TargetEventsPerSecond, static (o, v) => o.Batch.TargetEventsPerSecond = v),
        Number("Batch:LearningRate", OptionRanges.Share, AtOnce,
            static o => o.Batch.LearningRate, static (o, v) => o.Batch.LearningRate = v),

        new OptionKey<EventBusOptions, int>(
            "Async:QueueCapacity", OptionForm.Integer, OptionRanges.QueueCapacity, AtOnce,
            static o => o.Async.QueueCapacity, static (o, v) => o.Async.QueueCapacity = v),
        Choice("Async:OverflowPolicy", AtOnce, static o => o.Async.OverflowPolicy, static (o, v) => o.Async.OverflowPolicy = v),
        Count("Async:MaxConcurrency", OptionRanges.MaxConcurrency, AtOnce,
            static o => o.Async.MaxConcurrency, static (o, v) => o.Async.MaxConcurrency = v),
        Integer("Async:DispatcherCount", 0, BusScheduler.MaxDispatcherCount, Restart,
            static o => o.Async.DispatcherCount, static (o, v) => o.Async.DispatcherCount = v),
        new OptionKey<EventBusOptions, int>(
            "Async:PoolSize", OptionForm.Integer, OptionRanges.PoolSize, Restart,
            static o => o.Async.PoolSize, static (o, v) => o.Async.PoolSize = v),
        Boolean("Async:IsAdaptive", AtOnce, static o => o.Async.IsAdaptive, static (o, v) => o.Async.IsAdaptive = v),

        .. Retry("Retry", static o => o.Retry, static (o, v) => o.Retry = v, AtOnce),

        Count("Messages:OutputBuffer", OptionRanges.OutputBuffer, Restart,
            static o => o.Messages.OutputBuffer, static (o, v) => o.Messages.OutputBuffer = v),
        new OptionKey<EventBusOptions, int>(
            "Messages:Capacity", OptionForm.Integer, OptionRanges.MessageCapacity, Restart,
            static o => o.Messages.Capacity, static (o, v) => o.Messages.Capacity = v),
        Choice("Messages:OverflowPolicy", Restart, static o => o.Messages.OverflowPolicy, static (o, v) => o.Messages.OverflowPolicy = v),
        new OptionKey<EventBusOptions, TimeSpan>(
            "Messages:StallTimeout", OptionForm.DurationOrUnlimited(Timeout.InfiniteTimeSpan), OptionRanges.MessageStallTimeout, Restart,
            static o => o.Messages.StallTimeout, static (o, v) => o.Messages.StallTimeout = v),
        Duration("Messages:Lease", OptionRanges.MessageDuration, Restart,
            static o => o.Messages.Lease, static (o, v) => o.Messages.Lease = v),
        Duration("Messages:MaxLease", OptionRanges.MessageDuration, Restart,
            static o => o.Messages.MaxLease, static (o, v) => o.Messages.MaxLease = v),
        new OptionKey<EventBusOptions, int>(
            "Messages:ParkedCapacity", OptionForm.Integer, OptionRanges.ParkedCapacity, Restart,
            static o => o.Messages.ParkedCapacity, static (o, v) => o.Messages.ParkedCapacity = v),
        .. Retry("Messages:Retry", static o => o.Messages.Retry, static (o, v) => o.Messages.Retry = v, Restart),

        Boolean("Metrics:IsEnabled", Restart, static o => o.Metrics.IsEnabled, static (o, v) => o.Metrics.IsEnabled = v),
        Duration("Metrics:Interval", OptionRange.Of(TimeSpan.FromMilliseconds(100), Hour), AtOnce,
            static o => o.Metrics.Interval, static (o, v) => o.Metrics.Interval = v),
        Integer("Metrics:HistoryLength", 2, 10_000, AtOnce,
            static o => o.Metrics.HistoryLength, static (o, v) => o.Metrics.HistoryLength = v),
        new OptionKey<EventBusOptions, int>(
            "Metrics:RecentErrorCount", OptionForm.Integer, OptionRanges.RecentErrorCount, Restart,
            static o => o.Metrics.RecentErrorCount, static (o, v) => o.Metrics.RecentErrorCount = v),
        Integer("Metrics:TopCount", 1, 100, AtOnce, static o => o.Metrics.TopCount, static (o, v) => o.Metrics.TopCount = v),
        Duration("Metrics:AlertDelay", OptionRange.Of(TimeSpan.Zero, Hour), AtOnce,
            static o => o.Metrics.AlertDelay, static (o, v) => o.Metrics.AlertDelay = v),
        Duration("Metrics:StallTimeout", OptionRange.Of(TimeSpan.FromSeconds(1), Hour), AtOnce,
            static o => o.Metrics.StallTimeout, static (o, v) => o.Metrics.StallTimeout = v),
        Integer("Metrics:MinCalls", 1, 1_000_000, AtOnce, static o => o.Metrics.MinCalls, static (o, v) => o.Metrics.MinCalls = v),
        .. Limits("Metrics:LatencyP99", OptionForm.Duration, OptionRanges.Latency, static o => o.Metrics.LatencyP99),
        .. Limits("Metrics:ErrorRate", OptionForm.Number, OptionRanges.Share, static o => o.Metrics.ErrorRate),
        .. Limits("Metrics:QueueFill", OptionForm.Number, OptionRanges.Share, static o => o.Metrics.QueueFill),
        .. Limits("Metrics:MemoryLoad", OptionForm.Number, OptionRanges.Share, static o => o.Metrics.MemoryLoad),
        .. Limits("Metrics:ProcessorLoad", OptionForm.Number, OptionRanges.Share, static o => o.Metrics.ProcessorLoad),
    ];

    /// <summary>The parts of the tree that must be there, with a function that reads each.</summary>
    public static IReadOnlyList<(string Path, Func<EventBusOptions, object?> Get)> Sections { get; } =
    [
        ("Batch", static o => o.Batch),
        ("Async", static o => o.Async),
        ("Retry", static o => o.Retry),
        ("Messages", static o => o.Messages),
        ("Messages:Retry", static o => o.Messages?.Retry),
        ("Metrics", static o => o.Metrics),
        ("Metrics:LatencyP99", static o => o.Metrics?.LatencyP99),
        ("Metrics:ErrorRate", static o => o.Metrics?.ErrorRate),
        ("Metrics:QueueFill", static o => o.Metrics?.QueueFill),
        ("Metrics:MemoryLoad", static o => o.Metrics?.MemoryLoad),
        ("Metrics:ProcessorLoad", static o => o.Metrics?.ProcessorLoad),
    ];

    /// <summary>The options that differ.</summary>
    public static IReadOnlyList<OptionKey<EventBusOptions>> Difference(EventBusOptions left, EventBusOptions right) =>
        [.. All.Where(key => !key.IsEqual(left, right))];

    private static OptionKey<EventBusOptions, int> Integer(
        string path, int least, int most, OptionChange change, Func<EventBusOptions, int> get, Action<EventBusOptions, int> set) =>
        new(path, OptionForm.Integer, OptionRange.Of(least, most), change, get, set);

    private static OptionKey<EventBusOptions, double> Number(
        string path, OptionRange<double> range, OptionChange change, Func<EventBusOptions, double> get, Action<EventBusOptions,
            double> set) =>
        new(path, OptionForm.Number, range, change, get, set);

    private static OptionKey<EventBusOptions, int> Count(
        string path, OptionRange<int> range, OptionChange change, Func<EventBusOptions, int> get, Action<EventBusOptions, int> set) =>
        new(path, OptionForm.Count, range, change, get, set);

    private static OptionKey<EventBusOptions, TimeSpan> Duration(
        string path, OptionRange<TimeSpan> range, OptionChange change,
        Func<EventBusOptions, TimeSpan> get, Action<EventBusOptions, TimeSpan> set) =>
        new(path, OptionForm.Duration, range, change, get, set);

    // Immutable, because code, files and messages share them: a new value makes new options.
    private static OptionKey<EventBusOptions>[] Retry(
        string path, Func<EventBusOptions, RetryOptions> of, Action<EventBusOptions, RetryOptions> set, OptionChange change)
    {
        return
        [
            Key("MaxAttempts", OptionForm.Count, OptionRanges.MaxAttempts,
                static r => r.MaxAttempts, static (r, v) => r with { MaxAttempts = v }),
            Key("BaseDelay", OptionForm.Duration, OptionRanges.RetryDelay,
                static r => r.BaseDelay, static (r, v) => r with { BaseDelay = v }),
            Key("MaxDelay", OptionForm.Duration, OptionRanges.RetryDelay,
                static r => r.MaxDelay, static (r, v) => r with { MaxDelay = v }),
            Key("Multiplier", OptionForm.Number, OptionRanges.RetryMultiplier,
                static r => r.Multiplier, static (r, v) => r with { Multiplier = v }),
            Key("Jitter", OptionForm.Choice<RetryJitter>(), OptionRange.Named<RetryJitter>(),
                static r => r.Jitter, static (r, v) => r with { Jitter = v }),
        ];

        OptionKey<EventBusOptions> Key<T>(
            string name, OptionForm<T> form, OptionRange<T> range, Func<RetryOptions, T> get, Func<RetryOptions, T, RetryOptions> with) =>
            new OptionKey<EventBusOptions, T>($"{path}:{name}", form, range, change, o => get(of(o)), (o, v) => set(o, with(of(o), v)));
    }

    private static OptionKey<EventBusOptions, bool> Boolean(
        string path, OptionChange change, Func<EventBusOptions, bool> get, Action<EventBusOptions, bool> set) =>
        new(path, OptionForm.Boolean, OptionRange.Any, change, get, set);

    private static OptionKey<EventBusOptions, T> Choice<T>(
        string path, OptionChange change, Func<EventBusOptions, T> get, Action<EventBusOptions, T> set)
        where T : struct, Enum =>
        new(path, OptionForm.Choice<T>(), OptionRange.Named<T>(), change, get, set);

    private static OptionKey<EventBusOptions, T>[] Limits<T>(
        string path, OptionForm<T> form, OptionRange<T> range, Func<EventBusOptions, Thresholds<T>> of)
        where T : struct, IComparable<T> =>
    [
        new(path + ":Clear", form, range, AtOnce, o => of(o).Clear, (o, v) => of(o).Clear = v),
        new(path + ":Degraded", form, range, AtOnce, o => of(o).Degraded, (o, v) => of(o).Degraded = v),
        new(path + ":Unhealthy", form, range, AtOnce, o => of(o).Unhealthy, (o, v) => of(o).Unhealthy = v),
    ];
}
