using Engine.Primitives;

namespace Engine.Bus;

/// <summary>
/// How durations were spread at one moment: a copy of a histogram, from which an earlier one can be taken away. Percentiles
/// are at most 1/16 too high, the mean is within 1/16. Immutable.
/// </summary>
public sealed class DurationSnapshot
{
    private readonly long[] _counts;
    private readonly long _maxNanoseconds;

    private DurationSnapshot(long[] counts, long maxNanoseconds)
    {
        _counts = counts;
        _maxNanoseconds = maxNanoseconds;
        Count = counts.Sum();
    }

    /// <summary>No durations.</summary>
    public static DurationSnapshot Empty { get; } = new(new long[DurationHistogram.CounterCount], 0);

    /// <summary>Durations measured.</summary>
    public long Count { get; }

    /// <summary>The longest one.</summary>
    public TimeSpan Max => ToTime(_maxNanoseconds);

    /// <summary>The mean; zero where nothing was measured.</summary>
    public TimeSpan Mean => Count == 0 ? TimeSpan.Zero : ToTime((long)(Total() / Count));

    /// <summary>The duration that a share of the measured ones does not exceed; zero where nothing was measured.</summary>
    /// <param name="share">The share: above 0, at most 1.</param>
    public TimeSpan Percentile(double share)
    {
        if (share is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "A percentile is asked for as a share above 0 and at most 1.");
        long rank = (long)Math.Ceiling(Count * share);
        long seen = 0;
        for (int i = 0; i < _counts.Length && rank > 0; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return ToTime(Math.Min(DurationHistogram.UpperBoundOf(i), _maxNanoseconds));
        }

        return TimeSpan.Zero;
    }

    /// <summary>The durations that came after an earlier snapshot of the same histogram. The longest is then known to its bucket only.</summary>
    public DurationSnapshot Since(DurationSnapshot earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        long[] counts = new long[_counts.Length];
        int last = -1;
        for (int i = 0; i < counts.Length; i++)
        {
            // Counters are read one by one while others write; a difference below zero means another histogram.
            counts[i] = Math.Max(0, _counts[i] - earlier._counts[i]);
            if (counts[i] > 0)
                last = i;
        }

        return new DurationSnapshot(counts, last < 0 ? 0 : Math.Min(DurationHistogram.UpperBoundOf(last), _maxNanoseconds));
    }

    internal static DurationSnapshot Of(IEnumerable<DurationHistogram> histograms)
    {
        long[] counts = new long[DurationHistogram.CounterCount];
        long max = 0;
        foreach (DurationHistogram histogram in histograms)
            histogram.AddTo(counts, ref max);
        return new DurationSnapshot(counts, max);
    }

    private static TimeSpan ToTime(long nanoseconds) => new((nanoseconds + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick);

    private double Total()
    {
        double total = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            double lower = i == 0 ? 0 : DurationHistogram.UpperBoundOf(i - 1) + 1;
            total += _counts[i] * (lower + Math.Min(DurationHistogram.UpperBoundOf(i), _maxNanoseconds)) / 2;
        }

        return total;
    }
}
