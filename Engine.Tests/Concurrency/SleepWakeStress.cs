using System.Diagnostics;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// One event at a time, published around the moment at which the dispatcher goes to sleep. Each must be dispatched
/// without another publish, or the test waits in vain.
/// </summary>
public class SleepWakeStress
{
    [Test]
    public void No_wake_up_is_lost_around_the_moment_of_sleep(
        [Values(WaitStrategyKind.Blocking, WaitStrategyKind.Adaptive)] WaitStrategyKind wait, [Values] bool isShared) =>
        Run(wait, isShared, iterations: wait == WaitStrategyKind.Blocking ? 30_000 : 6_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak(
        [Values(WaitStrategyKind.Blocking, WaitStrategyKind.Adaptive)] WaitStrategyKind wait, [Values] bool isShared) =>
        Run(wait, isShared, iterations: 5_000_000);

    [Test]
    public void A_publisher_that_sleeps_for_room_is_woken_without_another_event()
    {
        EventEngine engine = Engines.Start(capacity: 2, OverflowPolicy.Wait);
        long seen = 0;
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            Thread.SpinWait((int)(number.Value * 37 % 4000));
            Interlocked.Increment(ref seen);
        });
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < 20_000; i++)
            lane.Publish(new Number(i));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(20_000));
    }

    private static void Run(WaitStrategyKind wait, bool isShared, int iterations)
    {
        EventEngine engine = Engines.Start(configure: options => options.WaitStrategy = wait);
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => Volatile.Write(ref seen, seen + 1));
        EventLane<Number> own = engine.CreateProducer().GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        var random = new Random(20261120);
        int spread = wait == WaitStrategyKind.Blocking ? 12 : 260;
        for (int i = 0; i < iterations; i++)
        {
            SpinFor(random.NextDouble() * spread);
            if (isShared)
                shared.Publish(new Number(i));
            else
                own.Publish(new Number(i));
            WaitFor(ref seen, i + 1);
        }

        engine.StopDrained();
    }

    private static void SpinFor(double microseconds)
    {
        long end = MonotonicClock.Now + MonotonicClock.FromMicroseconds(microseconds);
        while (MonotonicClock.Now < end)
        {
        }
    }

    // Spins first: the next event has to come while the dispatcher is on its way to sleep.
    private static void WaitFor(ref long seen, long expected)
    {
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; Volatile.Read(ref seen) != expected; round++)
        {
            if (round > 1000)
                Thread.Yield();
            if (Stopwatch.GetElapsedTime(start) > Eventually.HangGuard)
                Assert.Fail($"Event {expected - 1} was not dispatched: its wake-up was lost.");
        }
    }
}
