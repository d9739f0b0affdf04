namespace Engine.Primitives;

/// <summary>
/// How measured durations were spread at one moment: how many there were, their percentiles, and the longest. Those of several
/// places can be merged, and an earlier one of the same place taken away. Percentiles are never too low and at most 1/16 too
/// high; the mean is within 1/16. Immutable.
/// </summary>
public sealed class DurationDistribution : IEquatable<DurationDistribution>
{
    private readonly int _firstBucket;

    // Of the buckets from the first to the last that have any.
    private readonly long[] _counts;

    private DurationDistribution(ReadOnlySpan<long> counts, long maxNanoseconds)
    {
        ReadOnlySpan<long> used = counts.TrimEnd(0);
        _firstBucket = Math.Max(0, used.IndexOfAnyExcept(0));
        _counts = used[_firstBucket..].ToArray();
        MaxNanoseconds = maxNanoseconds;
        foreach (long count in _counts)
            Count += count;
    }

    /// <summary>No durations.</summary>
    public static DurationDistribution Empty { get; } = new([], 0);

    /// <summary>Durations measured.</summary>
    public long Count { get; }

    /// <summary>The longest one; 0 where nothing was measured.</summary>
    public long MaxNanoseconds { get; }

    /// <summary>The longest one; zero where nothing was measured.</summary>
    public TimeSpan Max => ToTime(MaxNanoseconds);

    /// <summary>The mean; zero where nothing was measured.</summary>
    public TimeSpan Mean => Count == 0 ? TimeSpan.Zero : ToTime((long)(Total() / Count));

    /// <summary>The duration that a share of the measured ones does not exceed; zero where nothing was measured.</summary>
    /// <param name="share">The share: above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in that range.</exception>
    public TimeSpan Percentile(double share) => ToTime(PercentileNanoseconds(share));

    /// <summary>The same in nanoseconds.</summary>
    /// <param name="share">The share: above 0, at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in that range.</exception>
    public long PercentileNanoseconds(double share)
    {
        if (share is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A percentile is asked for as a share above 0 and at most 1.");
        long rank = (long)Math.Ceiling(Count * share);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return Math.Min(DurationHistogram.UpperBoundOf(_firstBucket + i), MaxNanoseconds);
        }

        return 0;
    }

    /// <summary>The durations of both.</summary>
    /// <param name="other">Durations measured elsewhere.</param>
    public DurationDistribution Merge(DurationDistribution other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Span<long> counts = stackalloc long[DurationHistogram.CounterCount];
        counts.Clear();
        AddTo(counts);
        other.AddTo(counts);
        return new DurationDistribution(counts, Math.Max(MaxNanoseconds, other.MaxNanoseconds));
    }

    /// <summary>The durations that came after an earlier look at the same place. The longest is then known to its bucket only.</summary>
    /// <param name="earlier">The earlier look.</param>
    public DurationDistribution Since(DurationDistribution earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        Span<long> counts = stackalloc long[DurationHistogram.CounterCount];
        counts.Clear();
        AddTo(counts);
        for (int i = 0; i < earlier._counts.Length; i++)
        {
            // Counters are read one by one while others write; a difference below zero means another place.
            ref long count = ref counts[earlier._firstBucket + i];
            count = Math.Max(0, count - earlier._counts[i]);
        }

        int last = counts.LastIndexOfAnyExcept(0);
        return last < 0
            ? Empty
            : new DurationDistribution(counts, Math.Min(DurationHistogram.UpperBoundOf(last), MaxNanoseconds));
    }

    /// <inheritdoc/>
    public bool Equals(DurationDistribution? other) =>
        other is not null && MaxNanoseconds == other.MaxNanoseconds && _firstBucket == other._firstBucket
        && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DurationDistribution);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, MaxNanoseconds, _firstBucket);

    /// <summary>Count, median, 99th percentile and maximum, for people.</summary>
    public override string ToString() => Count == 0
        ? "n 0"
        : $"n {ReadableText.Count(Count)}, p50 {At(0.5)}, p99 {At(0.99)}, max {ReadableText.Nanoseconds(MaxNanoseconds)}";

    internal static DurationDistribution Of(IEnumerable<DurationHistogram> histograms)
    {
        Span<long> counts = stackalloc long[DurationHistogram.CounterCount];
        counts.Clear();
        long max = 0;
        foreach (DurationHistogram histogram in histograms)
            histogram.AddTo(counts, ref max);
        return counts.IndexOfAnyExcept(0) < 0 ? Empty : new DurationDistribution(counts, max);
    }

    // Upwards, so that a percentile is not too low in this unit either.
    private static TimeSpan ToTime(long nanoseconds) =>
        new((nanoseconds / TimeSpan.NanosecondsPerTick) + (nanoseconds % TimeSpan.NanosecondsPerTick > 0 ? 1 : 0));

    private string At(double share) => ReadableText.Nanoseconds(PercentileNanoseconds(share));

    private void AddTo(Span<long> counts)
    {
        for (int i = 0; i < _counts.Length; i++)
            counts[_firstBucket + i] += _counts[i];
    }

    private double Total()
    {
        double total = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            int bucket = _firstBucket + i;
            double lower = bucket == 0 ? 0 : DurationHistogram.UpperBoundOf(bucket - 1) + 1;
            total += _counts[i] * (lower + Math.Min(DurationHistogram.UpperBoundOf(bucket), MaxNanoseconds)) / 2;
        }

        return total;
    }
}
