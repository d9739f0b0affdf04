namespace Engine.Primitives;

/// <summary>Percentiles of a latency histogram at one moment. Percentiles are upper bounds of their buckets, at most 1/16 too high.</summary>
/// <param name="SampleCount">Samples taken.</param>
/// <param name="P50Nanoseconds">Half of the samples are at most this.</param>
/// <param name="P90Nanoseconds">90 % of the samples are at most this.</param>
/// <param name="P99Nanoseconds">99 % of the samples are at most this.</param>
/// <param name="P999Nanoseconds">99.9 % of the samples are at most this.</param>
/// <param name="MaxNanoseconds">The largest sample, exact.</param>
public readonly record struct LatencySummary(
    long SampleCount,
    long P50Nanoseconds,
    long P90Nanoseconds,
    long P99Nanoseconds,
    long P999Nanoseconds,
    long MaxNanoseconds)
{
    internal static LatencySummary Of(IEnumerable<LatencyHistogram> histograms)
    {
        Span<long> counts = stackalloc long[LatencyHistogram.CounterCount];
        counts.Clear();
        long max = 0;
        foreach (LatencyHistogram histogram in histograms)
            histogram.AddTo(counts, ref max);
        long total = 0;
        foreach (long count in counts)
            total += count;
        return new LatencySummary(
            total, Percentile(counts, total, max, 0.5), Percentile(counts, total, max, 0.9), Percentile(counts, total, max, 0.99),
            Percentile(counts, total, max, 0.999), max);
    }

    private static long Percentile(ReadOnlySpan<long> counts, long total, long max, double fraction)
    {
        long rank = (long)Math.Ceiling(total * fraction);
        long seen = 0;
        for (int i = 0; i < counts.Length && rank > 0; i++)
        {
            seen += counts[i];
            if (seen >= rank)
                return Math.Min(LatencyHistogram.UpperBoundOf(i), max);
        }

        return 0;
    }
}
