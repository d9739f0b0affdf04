using Engine.Primitives;
using Engine.Ring.WaitStrategies;

namespace Engine.Tests.Ring;

/// <summary>What every wait strategy does.</summary>
[TestFixture(typeof(BusySpinWaitStrategy))]
[TestFixture(typeof(YieldingWaitStrategy))]
[TestFixture(typeof(BlockingWaitStrategy))]
[TestFixture(typeof(AdaptiveWaitStrategy))]
internal sealed class WaitStrategyContract<TWait>
    where TWait : struct, IWaitStrategy
{
    private static readonly long Second = MonotonicClock.TicksPerSecond;

    [Test]
    public void Every_answer_is_a_known_action()
    {
        var wait = new TWait();
        for (int polls = 1; polls < 1000; polls++)
            Assert.That(Enum.IsDefined(wait.Next(polls, polls * Second / 1_000_000)), Is.True);
    }

    [Test]
    public void The_longer_it_is_idle_the_less_it_does()
    {
        var wait = new TWait();
        IdleAction before = IdleAction.Spin;
        for (int polls = 1; polls < 1000; polls++)
        {
            IdleAction now = wait.Next(polls, polls * Second / 1_000_000);
            Assert.That(now, Is.GreaterThanOrEqualTo(before));
            before = now;
        }
    }

    [Test]
    public void A_success_starts_it_over()
    {
        var wait = new TWait();
        IdleAction first = wait.Next(1, 0);
        wait.Next(int.MaxValue, 3600 * Second);
        Assert.That(wait.Next(1, 0), Is.EqualTo(first));
    }

    [Test]
    public void Any_number_and_period_can_be_found()
    {
        var wait = new TWait();
        foreach (long events in new[] { 1, long.MaxValue })
        {
            foreach (long period in new[] { 0, 1, long.MaxValue })
                wait.Found(events, period);
        }

        Assert.That(Enum.IsDefined(wait.Next(1, 0)), Is.True);
    }

    [Test]
    public void It_holds_out_for_days()
    {
        var wait = new TWait();
        Assert.That(wait.Next(int.MaxValue, 365L * 86_400 * Second), Is.EqualTo(LastActionOf()));
    }

    private static IdleAction LastActionOf() => default(TWait) switch
    {
        BusySpinWaitStrategy => IdleAction.Spin,
        YieldingWaitStrategy => IdleAction.Yield,
        _ => IdleAction.Park,
    };
}

internal sealed class AdaptiveWaitStrategyTests
{
    [Test]
    public void It_spins_then_yields_then_parks()
    {
        var wait = new AdaptiveWaitStrategy(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2));
        IdleAction early = Environment.ProcessorCount > 1 ? IdleAction.Spin : IdleAction.Yield;
        Assert.Multiple(() =>
        {
            Assert.That(wait.Next(1, 0), Is.EqualTo(early));
            Assert.That(wait.Next(1, MonotonicClock.FromMicroseconds(1500)), Is.EqualTo(IdleAction.Yield));
            Assert.That(wait.Next(1, MonotonicClock.FromMicroseconds(3500)), Is.EqualTo(IdleAction.Park));
        });
    }

    [TestCase(1, 66, true)]
    [TestCase(1, 25, false)]
    [TestCase(100, 1_000, false)]
    public void It_sleeps_at_once_while_events_are_far_apart(int events, double periodMicroseconds, bool isSparse)
    {
        AdaptiveWaitStrategy wait = new();
        for (int i = 0; i < 50; i++)
            wait.Found(events, MonotonicClock.FromMicroseconds(periodMicroseconds));
        Assert.That(wait.Next(1, 0) == IdleAction.Park, Is.EqualTo(isSparse));
    }

    [Test]
    public void A_burst_ends_the_sleeping_and_one_long_pause_does_not_bring_it_back()
    {
        AdaptiveWaitStrategy wait = new();
        for (int i = 0; i < 50; i++)
            wait.Found(1, MonotonicClock.FromMicroseconds(100));
        wait.Found(8, MonotonicClock.FromMicroseconds(8));
        Assert.That(wait.Next(1, 0), Is.Not.EqualTo(IdleAction.Park));
        wait.Found(1, 3600 * MonotonicClock.TicksPerSecond);
        Assert.That(wait.Next(1, 0), Is.Not.EqualTo(IdleAction.Park));
    }

    [Test]
    public void Between_the_bounds_it_stays_as_it_is()
    {
        AdaptiveWaitStrategy wait = new();
        for (int i = 0; i < 50; i++)
            wait.Found(1, MonotonicClock.FromMicroseconds(100));
        for (int i = 0; i < 50; i++)
            wait.Found(1, MonotonicClock.FromMicroseconds(25));
        Assert.That(wait.Next(1, 0), Is.EqualTo(IdleAction.Park));
        for (int i = 0; i < 50; i++)
            wait.Found(1, MonotonicClock.FromMicroseconds(15));
        Assert.That(wait.Next(1, 0), Is.Not.EqualTo(IdleAction.Park));
    }

    [Test]
    public void Phases_are_not_negative() => Assert.Multiple(() =>
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = new AdaptiveWaitStrategy(TimeSpan.FromTicks(-1), TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = new AdaptiveWaitStrategy(TimeSpan.Zero, TimeSpan.FromTicks(-1)));
    });
}
