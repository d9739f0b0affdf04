using Engine.Dispatch;
using Engine.Primitives;

namespace Engine.Tests.Dispatch;

/// <summary>The controller fed with made-up measurements. Ticks are those of the monotonic clock.</summary>
public class AdaptiveBatchSizerTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromMicroseconds(100);
    private static readonly long HalfBudget = Us(50);

    [Test]
    public void It_starts_without_a_gap() => Assert.That(new AdaptiveBatchSizer(Budget, 0.2).PollGapTicks, Is.Zero);

    [Test]
    public void Thin_traffic_has_no_gap()
    {
        AdaptiveBatchSizer sizer = Feed(Sample(events: 1, periodUs: 10));
        Assert.That(sizer.PollGapTicks, Is.Zero);
    }

    [Test]
    public void Dense_traffic_has_a_gap_of_sixteen_polls()
    {
        AdaptiveBatchSizer sizer = Feed(Sample(events: 1000, periodUs: 10, pollUs: 0.5));
        Assert.That(sizer.PollGapTicks, Is.EqualTo(Us(8)).Within(1).Percent);
    }

    [Test]
    public void The_gap_of_dense_traffic_is_at_least_two_microseconds()
    {
        AdaptiveBatchSizer sizer = Feed(Sample(events: 1000, periodUs: 10, pollUs: 0.01));
        Assert.That(sizer.PollGapTicks, Is.EqualTo(Us(2)).Within(1).Percent);
    }

    [Test]
    public void The_gap_is_never_more_than_half_the_budget([Values(1, 4, 100, 10_000)] int budgetUs)
    {
        long half = Us(budgetUs) / 2;
        var sizer = new AdaptiveBatchSizer(TimeSpan.FromMicroseconds(budgetUs), 1);
        for (int i = 0; i < 100; i++)
        {
            sizer.Record(Sample(events: 1_000_000, periodUs: 1, pollUs: 1 + (i * 100)));
            Assert.That(sizer.PollGapTicks, Is.LessThanOrEqualTo(half));
        }
    }

    [Test]
    public void Full_rings_shrink_the_gap_in_proportion()
    {
        AdaptiveBatchSizer relaxed = Feed(Sample(events: 1000, periodUs: 10, pollUs: 1, fill: 0.25));
        AdaptiveBatchSizer full = Feed(Sample(events: 1000, periodUs: 10, pollUs: 1, fill: 1));
        Assert.That(relaxed.PollGapTicks, Is.EqualTo(Us(16)).Within(1).Percent);
        Assert.That(full.PollGapTicks, Is.EqualTo(Us(2.5)).Within(1).Percent);
    }

    [Test]
    public void It_follows_a_change_within_some_dozen_looks_and_stays()
    {
        var sizer = new AdaptiveBatchSizer(Budget, 0.2);
        PollSample dense = Sample(events: 1000, periodUs: 10, pollUs: 1);
        PollSample thin = Sample(events: 1, periodUs: 50);
        Repeat(sizer, dense, 40);
        Assert.That(sizer.PollGapTicks, Is.EqualTo(Us(16)).Within(2).Percent);
        Repeat(sizer, thin, 60);
        Assert.That(sizer.PollGapTicks, Is.Zero);
        Repeat(sizer, dense, 40);
        long settled = sizer.PollGapTicks;
        Repeat(sizer, dense, 100);
        Assert.That(sizer.PollGapTicks, Is.EqualTo(settled).Within(1).Percent);
    }

    [Test]
    public void One_round_that_lost_the_core_for_milliseconds_leaves_the_largest_batch_near_where_it_was()
    {
        var sizer = new AdaptiveBatchSizer(Budget, 0.2);
        PollSample ordinary = Sample(events: 1000, periodUs: 10, pollUs: 1);
        Repeat(sizer, ordinary, 100);
        int settled = sizer.MaxBatch;
        sizer.Record(ordinary with { DispatchTicks = ordinary.DispatchTicks + Us(3000) });
        Assert.That(sizer.MaxBatch, Is.GreaterThanOrEqualTo(settled / 2));
    }

    [Test]
    public void One_outlier_moves_the_gap_by_no_more_than_the_learning_rate()
    {
        var sizer = new AdaptiveBatchSizer(Budget, 0.2);
        Repeat(sizer, Sample(events: 1000, periodUs: 10, pollUs: 1), 100);
        long settled = sizer.PollGapTicks;
        sizer.Record(Sample(events: 1000, periodUs: 10, pollUs: 1000));
        Assert.That(sizer.PollGapTicks - settled, Is.LessThanOrEqualTo(0.2 * HalfBudget));
    }

    [Test]
    public void A_learning_rate_of_one_follows_at_once()
    {
        var sizer = new AdaptiveBatchSizer(Budget, 1);
        sizer.Record(Sample(events: 1000, periodUs: 10, pollUs: 0.5));
        Assert.That(sizer.PollGapTicks, Is.EqualTo(Us(8)).Within(1).Percent);
    }

    [TestCase(0.1, 500)]
    [TestCase(1, 64)]
    [TestCase(100, 64)]
    [TestCase(0.0001, 65536)]
    public void The_largest_batch_is_what_half_the_budget_can_handle(double microsecondsPerEvent, int expected)
    {
        AdaptiveBatchSizer sizer = Feed(Sample(events: 1000, periodUs: 10, handlerUsPerEvent: microsecondsPerEvent));
        Assert.That(sizer.MaxBatch, Is.EqualTo(expected).Within(1).Percent);
    }

    [Test]
    public void A_look_that_dispatched_nothing_does_not_touch_the_largest_batch()
    {
        AdaptiveBatchSizer sizer = Feed(Sample(events: 1000, periodUs: 10, handlerUsPerEvent: 0.1));
        int before = sizer.MaxBatch;
        sizer.Record(new PollSample(1000, 0, Us(10), Us(1), 0, Us(1000)));
        Assert.That(sizer.MaxBatch, Is.EqualTo(before));
    }

    [Test]
    public void Clock_steps_of_zero_do_no_harm()
    {
        AdaptiveBatchSizer sizer = Feed(new PollSample(1, 0, 0, 0, 1, 0));
        Assert.That(sizer.PollGapTicks, Is.InRange(0, HalfBudget));
        Assert.That(sizer.MaxBatch, Is.InRange(64, 65536));
    }

    [Test]
    public void The_fixed_sizer_stays_as_it_is()
    {
        var sizer = new FixedBatchSizer(TimeSpan.FromMicroseconds(7), 99);
        for (int i = 0; i < 100; i++)
            sizer.Record(Sample(events: 100_000, periodUs: 1, fill: 1, handlerUsPerEvent: 10));
        Assert.That((sizer.PollGapTicks, sizer.MaxBatch), Is.EqualTo((Us(7), 99)));
    }

    private static AdaptiveBatchSizer Feed(PollSample sample)
    {
        var sizer = new AdaptiveBatchSizer(Budget, 0.2);
        Repeat(sizer, sample, 100);
        return sizer;
    }

    private static void Repeat(AdaptiveBatchSizer sizer, PollSample sample, int times)
    {
        for (int i = 0; i < times; i++)
            sizer.Record(sample);
    }

    private static PollSample Sample(
        int events, double periodUs, double pollUs = 0.1, double fill = 0, double handlerUsPerEvent = 0.001) =>
        new(events, fill, Us(periodUs), Us(pollUs), events, Us(events * handlerUsPerEvent));

    private static long Us(double microseconds) => MonotonicClock.FromMicroseconds(microseconds);
}
