using Engine.Primitives;

namespace Engine.Tests.Primitives;

/// <summary>Distributions that are merged, taken apart and printed.</summary>
public class DurationDistributionTests
{
    [Test]
    public void Nothing_measured_gives_zeros()
    {
        DurationDistribution none = DurationDistribution.Of([new DurationHistogram()]);
        Assert.That(none, Is.SameAs(DurationDistribution.Empty));
        Assert.That((none.Count, none.MaxNanoseconds, none.PercentileNanoseconds(0.5)), Is.EqualTo((0, 0, 0)));
        Assert.That((none.Max, none.Mean, none.Percentile(1)), Is.EqualTo((TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)));
    }

    [Test]
    public void Merged_ones_are_those_of_one_place()
    {
        var left = new DurationHistogram();
        var right = new DurationHistogram();
        for (int i = 0; i < 100; i++)
        {
            left.Record(i);
            right.Record(1_000_000L * i);
        }

        DurationDistribution merged = DurationDistribution.Of([left]).Merge(DurationDistribution.Of([right]));
        AssertEqual(merged, DurationDistribution.Of([left, right]));
        AssertEqual(merged.Merge(DurationDistribution.Empty), merged);
        AssertEqual(DurationDistribution.Empty.Merge(merged), merged);
    }

    [Test]
    public void An_earlier_look_can_be_taken_away()
    {
        var histogram = new DurationHistogram();
        histogram.Record(5_000_000);
        DurationDistribution earlier = DurationDistribution.Of([histogram]);
        for (int i = 0; i < 10; i++)
            histogram.Record(1000);

        DurationDistribution since = DurationDistribution.Of([histogram]).Since(earlier);
        Assert.That(since.Count, Is.EqualTo(10));
        // The longest of all came before; of those since then the bucket is known.
        Assert.That(since.MaxNanoseconds, Is.InRange(1000, 1000 * 17 / 16));
        Assert.That(
            DurationDistribution.Of([histogram]).Since(DurationDistribution.Of([histogram])), Is.SameAs(DurationDistribution.Empty));
        AssertEqual(earlier.Since(DurationDistribution.Empty), earlier);
    }

    [Test]
    public void An_earlier_look_at_another_place_takes_nothing_below_zero()
    {
        var here = new DurationHistogram();
        here.Record(10);
        var there = new DurationHistogram();
        there.Record(10);
        there.Record(10);
        there.Record(1_000_000);
        Assert.That(DurationDistribution.Of([here]).Since(DurationDistribution.Of([there])).Count, Is.Zero);
    }

    [TestCase(0)]
    [TestCase(-0.5)]
    [TestCase(1.01)]
    [TestCase(double.NaN)]
    public void A_percentile_needs_a_share(double share) =>
        Assert.That(
            () => DurationDistribution.Empty.Percentile(share),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("share above 0 and at most 1"));

    [Test]
    public void Times_are_rounded_up_to_what_a_time_span_can_say()
    {
        var histogram = new DurationHistogram();
        histogram.Record(1);
        DurationDistribution durations = DurationDistribution.Of([histogram]);
        Assert.That((durations.Max, durations.Percentile(0.5)), Is.EqualTo((TimeSpan.FromTicks(1), TimeSpan.FromTicks(1))));
        histogram.Record(long.MaxValue);
        Assert.That(DurationDistribution.Of([histogram]).Max, Is.GreaterThan(TimeSpan.FromDays(365)));
    }

    [Test]
    public void The_mean_is_close()
    {
        var histogram = new DurationHistogram();
        for (int i = 1; i <= 1000; i++)
            histogram.Record(i * 1_000_000L);
        Assert.That(DurationDistribution.Of([histogram]).Mean.TotalMilliseconds, Is.EqualTo(500.5).Within(500.5 / 16));
    }

    [Test]
    public void It_prints_itself()
    {
        var histogram = new DurationHistogram();
        for (int i = 0; i < 1023; i++)
            histogram.Record(10);
        histogram.Record(20_000);
        Assert.That(DurationDistribution.Of([histogram]).ToString(), Is.EqualTo("n 1,024, p50 10 ns, p99 10 ns, max 20 us"));
        Assert.That(DurationDistribution.Empty.ToString(), Is.EqualTo("n 0"));
    }

    private static void AssertEqual(DurationDistribution actual, DurationDistribution expected)
    {
        Assert.That(
            (actual.Count, actual.MaxNanoseconds, actual.Mean), Is.EqualTo((expected.Count, expected.MaxNanoseconds, expected.Mean)));
        for (double share = 0.01; share <= 1; share += 0.01)
            Assert.That(actual.PercentileNanoseconds(share), Is.EqualTo(expected.PercentileNanoseconds(share)));
    }
}
