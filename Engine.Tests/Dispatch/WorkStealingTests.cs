using System.Collections.Concurrent;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Dispatch;

/// <summary>A worker that is stuck in a handler does not hold up the other lanes that are its own.</summary>
public class WorkStealingTests
{
    [Test]
    public void A_lane_behind_a_stuck_handler_is_served_by_another_worker([Values] WaitStrategyKind wait)
    {
        EventEngine engine = StartWithOneShard(wait);
        using var isStuck = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            isStuck.Set();
            goOn.Wait();
        });
        long letters = 0;
        engine.Subscribe((in Letter _, in Envelope _) => Interlocked.Increment(ref letters));
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> numberLane = producer.GetLane<Number>();
        EventLane<Letter> letterLane = producer.GetLane<Letter>();
        if (wait is WaitStrategyKind.Blocking or WaitStrategyKind.Adaptive)
            Eventually.IsTrue(() => engine.GetStatistics().Dispatchers.All(d => d.IsSleeping));

        numberLane.Publish(new Number(1));
        Eventually.IsOpen(isStuck);
        for (int i = 0; i < 100; i++)
        {
            letterLane.Publish(new Letter(i));
            Eventually.IsTrue(() => Interlocked.Read(ref letters) > i);
        }

        goOn.Set();
        engine.StopDrained();
    }

    [Test]
    public void A_helper_that_gets_stuck_is_helped_in_turn()
    {
        EventEngine engine = Engines.Build(configure: options => options.DispatcherCount = 3, shard: "one");
        using var first = new ManualResetEventSlim();
        using var second = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            first.Set();
            goOn.Wait();
        });
        engine.Subscribe((in Letter _, in Envelope _) =>
        {
            second.Set();
            goOn.Wait();
        });
        long wide = 0;
        engine.Subscribe((in Wide _, in Envelope _) => Interlocked.Increment(ref wide));
        engine.Start();
        EventProducer producer = engine.CreateProducer();
        producer.GetLane<Number>().Publish(new Number(1));
        Eventually.IsOpen(first);
        producer.GetLane<Letter>().Publish(new Letter(1));
        Eventually.IsOpen(second);
        producer.GetLane<Wide>().Publish(new Wide(0, 0));
        Eventually.IsTrue(() => Interlocked.Read(ref wide) == 1);
        goOn.Set();
        engine.StopDrained();
    }

    [Test]
    public void The_lanes_of_a_helper_stuck_in_a_stolen_lane_are_served_by_others()
    {
        // Numbers and letters are one worker's, wide events the other's.
        EventEngine engine = new EngineBuilder()
            .Configure(options => options.DispatcherCount = 2)
            .AddEvent<Number>(d => d with { Shard = "a" })
            .AddEvent<Wide>(d => d with { Shard = "b" })
            .AddEvent<Letter>(d => d with { Shard = "a" })
            .Build();
        using var ownerIsStuck = new ManualResetEventSlim();
        using var helperIsStuck = new ManualResetEventSlim();
        using var freeOwner = new ManualResetEventSlim();
        using var freeHelper = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            ownerIsStuck.Set();
            freeOwner.Wait();
        });
        engine.Subscribe((in Letter _, in Envelope _) =>
        {
            helperIsStuck.Set();
            freeHelper.Wait();
        });
        long wide = 0;
        engine.Subscribe((in Wide _, in Envelope _) => Interlocked.Increment(ref wide));
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> numbers = producer.GetLane<Number>();
        EventLane<Wide> wides = producer.GetLane<Wide>();
        EventLane<Letter> letters = producer.GetLane<Letter>();
        engine.Start();

        numbers.Publish(new Number(1));
        Eventually.IsOpen(ownerIsStuck);
        letters.Publish(new Letter(1));
        Eventually.IsOpen(helperIsStuck);
        freeOwner.Set();
        wides.Publish(new Wide(0, 0));
        Eventually.IsTrue(() => Interlocked.Read(ref wide) == 1);
        freeHelper.Set();
        engine.StopDrained();
    }

    [Test]
    public void A_lane_goes_to_whichever_worker_is_free_and_keeps_its_order()
    {
        EventEngine engine = Engines.Build(configure: options => options.DispatcherCount = 3, shard: "one");
        using var firstIsStuck = new ManualResetEventSlim();
        using var othersAreStuck = new CountdownEvent(2);
        using var freeFirst = new ManualResetEventSlim();
        using var freeOthers = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            firstIsStuck.Set();
            freeFirst.Wait();
        });
        engine.Subscribe((in Letter _, in Envelope _) =>
        {
            othersAreStuck.Signal();
            freeOthers.Wait();
        });
        var served = new ConcurrentQueue<(long Value, int Thread)>();
        engine.Subscribe((in Wide wide, in Envelope _) => served.Enqueue((wide.Value, Environment.CurrentManagedThreadId)));
        engine.Start();
        EventProducer producer = engine.CreateProducer();
        EventLane<Wide> lane = producer.GetLane<Wide>();

        producer.GetLane<Number>().Publish(new Number(1));
        Eventually.IsOpen(firstIsStuck);
        lane.Publish(new Wide(0, 0));
        Eventually.IsTrue(() => served.Count == 1);
        // Two lanes, for the two workers that are left.
        producer.GetLane<Letter>().Publish(new Letter(1));
        engine.CreateProducer().GetLane<Letter>().Publish(new Letter(1));
        Assert.That(othersAreStuck.Wait(Eventually.HangGuard), Is.True);
        freeFirst.Set();
        lane.Publish(new Wide(0, 1));
        Eventually.IsTrue(() => served.Count == 2);
        freeOthers.Set();
        engine.StopDrained();
        Assert.That(served.Select(static s => s.Value), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(served.Select(static s => s.Thread), Is.Unique);
    }

    private static EventEngine StartWithOneShard(WaitStrategyKind wait) => Engines.Start(
        configure: options => (options.DispatcherCount, options.WaitStrategy) = (2, wait), shard: "one");
}
