using Engine.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>The histogram's percentiles against those of a sorted list.</summary>
public class LatencyHistogramProperties
{
    private static readonly Gen<long> Duration =
        from bits in Gen.Choose(0, 39)
        from fraction in Gen.Choose(0, int.MaxValue)
        select (1L << bits) + (long)(((1L << bits) - 1) * (fraction / (double)int.MaxValue));

    [Test]
    public void Percentiles_are_never_too_low_and_at_most_a_sixteenth_too_high() =>
        Prop.ForAll(Duration.NonEmptyListOf().ToArbitrary(), values =>
        {
            var first = new LatencyHistogram();
            var second = new LatencyHistogram();
            for (int i = 0; i < values.Count; i++)
                (i % 2 == 0 ? first : second).Record(values[i]);
            LatencySummary summary = LatencySummary.Of([first, second]);
            long[] sorted = [.. values.Order()];
            return summary.SampleCount == sorted.Length
                && summary.MaxNanoseconds == sorted[^1]
                && IsClose(summary.P50Nanoseconds, At(sorted, 0.5))
                && IsClose(summary.P90Nanoseconds, At(sorted, 0.9))
                && IsClose(summary.P99Nanoseconds, At(sorted, 0.99))
                && IsClose(summary.P999Nanoseconds, At(sorted, 0.999));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Test]
    public void Every_value_lies_in_its_bucket_and_buckets_are_a_sixteenth_wide_at_most() =>
        Prop.ForAll(Duration.ToArbitrary(), value =>
        {
            int index = LatencyHistogram.IndexOf(value);
            long upper = LatencyHistogram.UpperBoundOf(index);
            long lower = index == 0 ? 0 : LatencyHistogram.UpperBoundOf(index - 1) + 1;
            return lower <= value && value <= upper && (upper - lower) * 16 <= lower;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));

    [Test]
    public void Buckets_follow_each_other_without_gaps()
    {
        for (int index = 1; index < LatencyHistogram.CounterCount; index++)
        {
            long upper = LatencyHistogram.UpperBoundOf(index - 1);
            Assert.That((LatencyHistogram.IndexOf(upper), LatencyHistogram.IndexOf(upper + 1)), Is.EqualTo((index - 1, index)));
        }
    }

    [TestCase(0, 0)]
    [TestCase(-5, 0)]
    public void Small_and_negative_values_count_as_zero(long value, long expected)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);
        Assert.That(LatencySummary.Of([histogram]).P50Nanoseconds, Is.EqualTo(expected));
    }

    [Test]
    public void Values_beyond_the_range_land_in_the_last_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(long.MaxValue);
        LatencySummary summary = LatencySummary.Of([histogram]);
        Assert.That((summary.SampleCount, summary.MaxNanoseconds), Is.EqualTo((1, long.MaxValue)));
    }

    [Test]
    public void No_samples_give_zeros() => Assert.That(LatencySummary.Of([]), Is.EqualTo(default(LatencySummary)));

    private static bool IsClose(long reported, long exact) => reported >= exact && reported <= exact + (exact / 16);

    private static long At(long[] sorted, double fraction) => sorted[(int)Math.Ceiling(sorted.Length * fraction) - 1];
}
