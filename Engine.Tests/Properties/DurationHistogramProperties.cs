using Engine.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>The histogram's buckets, and its percentiles against those of a sorted list.</summary>
public class DurationHistogramProperties
{
    private static readonly Gen<long> Duration =
        from bits in Gen.Choose(0, 39)
        from fraction in Gen.Choose(0, int.MaxValue)
        select (1L << bits) + (long)(((1L << bits) - 1) * (fraction / (double)int.MaxValue));

    [Test]
    public void Percentiles_are_never_too_low_and_at_most_a_sixteenth_too_high() =>
        Prop.ForAll(Duration.NonEmptyListOf().ToArbitrary(), values =>
        {
            var first = new DurationHistogram();
            var second = new DurationHistogram();
            for (int i = 0; i < values.Count; i++)
                (i % 2 == 0 ? first : second).Record(values[i]);
            DurationDistribution summary = DurationDistribution.Of([first, second]);
            long[] sorted = [.. values.Order()];
            return summary.Count == sorted.Length
                && summary.MaxNanoseconds == sorted[^1]
                && IsClose(summary.PercentileNanoseconds(0.5), At(sorted, 0.5))
                && IsClose(summary.PercentileNanoseconds(0.9), At(sorted, 0.9))
                && IsClose(summary.PercentileNanoseconds(0.99), At(sorted, 0.99))
                && IsClose(summary.PercentileNanoseconds(0.999), At(sorted, 0.999));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Test]
    public void Every_value_lies_in_its_bucket_and_buckets_are_a_sixteenth_wide_at_most() =>
        Prop.ForAll(Duration.ToArbitrary(), value =>
        {
            int index = DurationHistogram.IndexOf(value);
            long upper = DurationHistogram.UpperBoundOf(index);
            long lower = index == 0 ? 0 : DurationHistogram.UpperBoundOf(index - 1) + 1;
            return lower <= value && value <= upper && (upper - lower) * 16 <= lower;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));

    [Test]
    public void Buckets_follow_each_other_without_gaps()
    {
        for (int index = 1; index < DurationHistogram.CounterCount; index++)
        {
            long upper = DurationHistogram.UpperBoundOf(index - 1);
            Assert.That((DurationHistogram.IndexOf(upper), DurationHistogram.IndexOf(upper + 1)), Is.EqualTo((index - 1, index)));
        }
    }

    [TestCase(0, 0)]
    [TestCase(-5, 0)]
    public void Small_and_negative_values_count_as_zero(long value, long expected)
    {
        var histogram = new DurationHistogram();
        histogram.Record(value);
        Assert.That(DurationDistribution.Of([histogram]).PercentileNanoseconds(0.5), Is.EqualTo(expected));
    }

    [Test]
    public void Values_beyond_the_range_land_in_the_last_bucket()
    {
        var histogram = new DurationHistogram();
        histogram.Record(long.MaxValue);
        DurationDistribution summary = DurationDistribution.Of([histogram]);
        Assert.That((summary.Count, summary.MaxNanoseconds), Is.EqualTo((1, long.MaxValue)));
    }

    private static bool IsClose(long reported, long exact) => reported >= exact && reported <= exact + (exact / 16);

    private static long At(long[] sorted, double fraction) => sorted[(int)Math.Ceiling(sorted.Length * fraction) - 1];
}
