using Engine.Primitives;

namespace Engine.Bus.Options;

/// <summary>
/// The ranges of all numbers of a bus that somebody can set, in code or in a file: this is the one place where they are stated. Files
/// take theirs by <see cref="BusOptionKeys"/>, code checks with them, and tests compare <c>docs/configuration.md</c> with them.
/// </summary>
internal static class OptionRanges
{
    /// <summary>No more handlers of one subscription run at the same time, however many are asked for.</summary>
    public const int MostConcurrent = 65_536;

    /// <summary>Queues of an ordered subscription that asks for as many as there can be.</summary>
    public const int UnlimitedKeyedQueues = 1024;

    /// <summary>The longest lease, delay and stall of messages.</summary>
    public static readonly TimeSpan LongestMessageDuration = TimeSpan.FromDays(24);

    private const int MostQueued = 1 << 24;
    private const int MostInBatch = 1 << 20;

    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static OptionRange<int> QueueCapacity { get; } = OptionRange.Of(1, MostQueued);

    public static OptionRange<int> MaxConcurrency { get; } =
        OptionRange.OrUnlimited(OptionRange.Of(1, MostConcurrent), BusSubscriptionOptions.Unlimited);

    public static OptionRange<int> BatchSize { get; } =
        OptionRange.OrUnlimited(OptionRange.Of(1, MostInBatch), BusSubscriptionOptions.Unlimited);

    public static OptionRange<int> MinBatchSize { get; } = OptionRange.Of(1, MostInBatch);

    public static OptionRange<TimeSpan> BatchMaxWait { get; } =
        OptionRange.OrUnlimited(OptionRange.Of(Microsecond, Hour), BusSubscriptionOptions.UnlimitedWait);

    public static OptionRange<TimeSpan> Latency { get; } = OptionRange.Of(Microsecond, Hour);

    public static OptionRange<TimeSpan> DisposeTimeout { get; } = OptionRange.Of(TimeSpan.Zero, Day);

    public static OptionRange<int> PoolSize { get; } = OptionRange.Of(1, MostInBatch);

    public static OptionRange<int> MaxAttempts { get; } = OptionRange.OrUnlimited(OptionRange.Of(1, 1000), RetryOptions.Unlimited);

    public static OptionRange<TimeSpan> RetryDelay { get; } = OptionRange.Of(Millisecond, Day);

    public static OptionRange<double> RetryMultiplier { get; } = OptionRange.Of(1.0, 100.0);

    public static OptionRange<int> OutputBuffer { get; } =
        OptionRange.OrUnlimited(OptionRange.Of(1, MostQueued), BusSubscriptionOptions.Unlimited);

    public static OptionRange<int> MessageCapacity { get; } = OptionRange.Of(1, MostQueued);

    public static OptionRange<int> ParkedCapacity { get; } = OptionRange.Of(1, MostInBatch);

    public static OptionRange<TimeSpan> MessageDuration { get; } = OptionRange.Above(TimeSpan.Zero, LongestMessageDuration);

    public static OptionRange<TimeSpan> MessageStallTimeout { get; } =
        OptionRange.OrUnlimited(MessageDuration, Timeout.InfiniteTimeSpan);

    public static OptionRange<int> RecentErrorCount { get; } = OptionRange.Of(1, 10_000);

    public static OptionRange<int> OldRetries { get; } = OptionRange.OrUnlimited(OptionRange.Of(0, 999), RetryOptions.Unlimited);

    public static OptionRange<TimeSpan> OldBatchInterval { get; } = OptionRange.Of(TimeSpan.Zero, Hour);

    public static OptionRange<TimeSpan> QuietPeriod { get; } = OptionRange.Of(TimeSpan.Zero, Hour);

    public static OptionRange<double> Share { get; } = OptionRange.Above(0.0, 1.0);
}
