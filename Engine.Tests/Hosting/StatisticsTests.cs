using Engine.Diagnostics;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Hosting;

public class StatisticsTests
{
    [Test]
    public void A_new_engine_has_counted_nothing()
    {
        EngineStatistics statistics = Engines.Build().GetStatistics();
        Assert.Multiple(() =>
        {
            Assert.That(statistics.State, Is.EqualTo(LifecycleState.Created));
            Assert.That(statistics.EventTypes.Select(t => t.Name), Is.EqualTo(new[] { "test.number", "test.letter", "test.wide" }));
            Assert.That(statistics.EventTypes.Select(t => t.Ledger.Offered), Is.All.Zero);
            Assert.That(statistics["test.number"].AverageBatch, Is.Zero);
            Assert.That(statistics["test.number"].Occupancy, Is.Zero);
            Assert.That(statistics["test.number"].Latency, Is.SameAs(DurationDistribution.Empty));
            Assert.That(statistics.Subscriptions, Is.Empty);
        });
    }

    [Test]
    public void Events_that_their_last_subscriber_left_in_the_ring_are_not_counted_as_dispatched()
    {
        EventEngine engine = Engines.Build();
        Subscription subscription = engine.Subscribe((in Number _, in Envelope _) => { });
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[10]);
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        shared.PublishBatch(new Number[5]);
        subscription.Dispose();
        Assert.That(shared.IsEnabled, Is.False);
        engine.Start();
        engine.StopDrained();
        RingLedger ledger = engine.LedgerOf<Number>();
        Assert.That((ledger.Published, ledger.Dispatched, ledger.Undelivered, ledger.Buffered), Is.EqualTo((15, 0, 15, 0)));
        LedgerAssert.Balances(ledger, 15);
        Assert.That(engine.GetStatistics().Of<Number>().Batches, Is.Zero);
    }

    [Test]
    public void Event_types_count_events_batches_errors_and_latency()
    {
        EventEngine engine = Engines.Build(capacity: 64);
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            if (number.Value == 5)
                throw new FormatException("no");
        });
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < 40; i++)
            lane.Publish(new Number(i));
        EventTypeStatistics before = engine.GetStatistics()["test.number"];
        Assert.That((before.Ledger.Buffered, before.SlotCount, before.Occupancy), Is.EqualTo((40, 64, 0.625)));
        engine.Start();
        engine.StopDrained();
        EventTypeStatistics after = engine.GetStatistics()["test.number"];
        Assert.Multiple(() =>
        {
            Assert.That((after.Ledger.Published, after.Ledger.Dispatched, after.Ledger.Lost), Is.EqualTo((40, 40, 0)));
            Assert.That((after.Batches, after.LargestBatch, after.DispatchedInBatches), Is.EqualTo((3, 16, 40)));
            Assert.That(after.AverageBatch, Is.EqualTo(40 / 3.0).Within(1e-9));
            Assert.That((after.HandlerErrors, after.SubscriptionCount, after.Occupancy), Is.EqualTo((1, 1, 0)));
            Assert.That(after.Latency.Count, Is.GreaterThan(0));
            Assert.That(after.Latency.PercentileNanoseconds(0.5), Is.InRange(1, after.Latency.MaxNanoseconds));
        });
    }

    [Test]
    public void Losses_are_told_apart_by_cause()
    {
        foreach ((OverflowPolicy policy, (long Incoming, long Oldest, long Rejected) expected) in new[]
        {
            (OverflowPolicy.DropIncoming, (3L, 0L, 0L)), (OverflowPolicy.DropOldest, (0, 3, 0)), (OverflowPolicy.Fail, (0, 0, 3)),
        })
        {
            EventEngine engine = Engines.Build(capacity: 8, policy);
            engine.Subscribe((in Number _, in Envelope _) => { });
            EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
            for (int i = 0; i < 11; i++)
                lane.Publish(new Number(i));
            Engine.Ring.RingLedger ledger = engine.LedgerOf<Number>();
            Assert.That((ledger.DroppedIncoming, ledger.DroppedOldest, ledger.Rejected), Is.EqualTo(expected), policy.ToString());
        }
    }

    [Test]
    public void Stalls_are_counted_with_their_time()
    {
        EventEngine engine = Engines.Start(capacity: 2);
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) => goOn.Wait());
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        RunningThreads publisher = Threads.Start(() => lane.PublishBatch(new Number[3]));
        Eventually.IsTrue(() => publisher.AreStalled);
        goOn.Set();
        publisher.Join();
        engine.StopDrained();
        EventTypeStatistics statistics = engine.GetStatistics()["test.number"];
        Assert.That((statistics.Ledger.Stalls, statistics.StallTime > TimeSpan.Zero), Is.EqualTo((1, true)));
    }

    [Test]
    public void A_stall_shows_while_it_lasts([Values] bool isShared)
    {
        EventEngine engine = Engines.Start(capacity: 2);
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) => goOn.Wait());
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        RunningThreads publisher = Threads.Start(() =>
        {
            for (int i = 0; i < 4; i++)
                _ = isShared ? shared.Publish(default) : lane.Publish(default);
        });
        Eventually.IsTrue(() => publisher.AreStalled && engine.LedgerOf<Number>().Stalls == 1);
        if (!isShared)
            Eventually.IsTrue(() => engine.GetStatistics()["test.number"].StallTime > TimeSpan.Zero);
        goOn.Set();
        publisher.Join();
        engine.StopDrained();
        Assert.That(engine.LedgerOf<Number>().StallTicks, Is.Positive);
    }

    [Test]
    public void Counts_of_ended_producers_stay_and_their_slots_go()
    {
        EventEngine engine = Engines.Start(capacity: 64);
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => seen++);
        for (int i = 0; i < 20; i++)
        {
            using EventProducer producer = engine.CreateProducer();
            producer.GetLane<Number>().PublishBatch(new Number[50]);
        }

        // A lane leaves the dispatcher first, and its counts are kept then.
        Eventually.IsTrue(() => engine.GetStatistics()["test.number"].SlotCount == 0);
        Assert.That(engine.GetStatistics().Dispatchers[0].LaneCount, Is.Zero);
        EventTypeStatistics statistics = engine.GetStatistics()["test.number"];
        Assert.Multiple(() =>
        {
            Assert.That((statistics.Ledger.Published, statistics.Ledger.Dispatched, statistics.SlotCount), Is.EqualTo((1000, 1000, 0)));
            Assert.That(statistics.DispatchedInBatches, Is.EqualTo(1000));
            Assert.That(statistics.LargestBatch, Is.InRange(1, 16));
            Assert.That(statistics.Latency.Count, Is.GreaterThanOrEqualTo(20));
        });
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(1000));
    }

    [Test]
    public void Subscriptions_are_listed_while_they_are_active()
    {
        EventEngine engine = Engines.Start();
        Subscription first = engine.Subscribe((in Number _, in Envelope _) => { });
        engine.Subscribe((in Letter _, in Envelope _) => throw new FormatException("no"), new SubscriptionOptions<Letter> { Name = "bad" });
        engine.CreateProducer().GetLane<Letter>().PublishBatch(new Letter[4]);
        engine.StopDrained();
        first.Dispose();
        Assert.That(engine.GetStatistics().Subscriptions, Is.EqualTo(new[]
        {
            new SubscriptionStatistics(2, "bad", "test.letter", Delivered: 4, Errors: 4),
        }));
    }

    [Test]
    public void Dispatchers_show_what_they_are_doing()
    {
        EventEngine engine = Engines.Start(configure: options =>
        {
            options.DispatcherCount = 2;
            options.BatchSizing.Mode = BatchSizingMode.Fixed;
            options.BatchSizing.MaxBatch = 77;
            options.BatchSizing.PollGap = TimeSpan.FromMicroseconds(5);
        });
        engine.CreateProducer().GetLane<Number>();
        Eventually.IsTrue(() => engine.GetStatistics().Dispatchers.All(d => d.IsSleeping));
        IReadOnlyList<DispatcherStatistics> dispatchers = engine.GetStatistics().Dispatchers;
        Assert.Multiple(() =>
        {
            Assert.That(dispatchers.Select(d => d.Name), Is.EqualTo(new[] { "engine-dispatcher-0", "engine-dispatcher-1" }));
            Assert.That(dispatchers.Sum(d => d.LaneCount), Is.EqualTo(1));
            Assert.That(dispatchers.Select(d => d.MaxBatch), Is.All.EqualTo(77));
            Assert.That(dispatchers.Select(d => d.PollGap), Is.All.EqualTo(TimeSpan.FromMicroseconds(5)));
        });
        engine.StopDrained();
    }

    [Test]
    public void An_unknown_event_type_is_an_error_that_names_it() => Assert.That(
        Assert.Throws<KeyNotFoundException>(() => _ = Engines.Build().GetStatistics()["test.none"])!.Message,
        Does.Contain("\"test.none\""));
}
