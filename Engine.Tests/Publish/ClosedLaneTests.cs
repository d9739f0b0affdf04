using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>Publishing after the end ends with the same outcome as on a bus, in every form, subscribed or not.</summary>
public class ClosedLaneTests
{
    [Test]
    public void Publishing_after_the_stop_says_so_in_every_form(
        [Values] bool isSubscribed, [Values] bool isInline, [Values] bool wasStarted)
    {
        EventEngine engine = Engines.Build();
        if (isSubscribed)
        {
            engine.Subscribe(
                (in Number _, in Envelope _) => { },
                new SubscriptionOptions<Number> { Delivery = isInline ? Delivery.Inline : Delivery.Dispatched });
        }

        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        LaneWriter<Number> writer = lane.OpenWriter();
        if (wasStarted)
            engine.Start();
        engine.StopDrained();

        Assert.That((lane.IsEnabled, lane.HasInlineSubscribers, shared.IsEnabled), Is.EqualTo((false, false, false)));
        Expect(lane.Publish(new Number(1)));
        Expect(lane.TryPublish(new Number(1)));
        Expect(lane.PublishBatch([new Number(1)]));
        Expect(lane.Claim().Publish());
        Expect(lane.OpenWriter().Publish(new Number(1)));
        Expect(writer.Publish(new Number(1)));
        Expect(shared.Publish(new Number(1)));
        Expect(shared.TryPublish(new Number(1)));
        Expect(shared.PublishBatch([new Number(1)]));
        Assert.That(engine.LedgerOf<Number>().Offered, Is.Zero);
    }

    [Test]
    public void Publishing_after_the_producer_was_disposed_says_so_in_every_form()
    {
        EventEngine engine = Engines.Start();
        engine.Subscribe((in Number _, in Envelope _) => { });
        EventProducer producer = engine.CreateProducer("cpu");
        EventLane<Number> lane = producer.GetLane<Number>();
        lane.Publish(new Number(1));
        LaneWriter<Number> writer = lane.OpenWriter();
        writer.Publish(new Number(2));
        producer.Dispose();
        producer.Dispose();
        Expect(writer.Publish(new Number(3)));
        Assert.That(lane.IsEnabled, Is.False);
        Expect(lane.Publish(new Number(1)));
        Expect(lane.TryPublish(new Number(1)));
        Expect(lane.PublishBatch([new Number(1)]));
        Expect(lane.Claim().Publish());
        Assert.Throws<ObjectDisposedException>(() => producer.GetLane<Letter>());
        engine.StopDrained();
        Assert.That(engine.LedgerOf<Number>().Dispatched, Is.EqualTo(2));
    }

    [Test]
    public void A_claim_from_before_the_end_is_not_published_after_it([Values] bool byDispose)
    {
        EventEngine engine = Engines.Start();
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => seen++);
        EventProducer producer = engine.CreateProducer("cpu");
        EventLane<Number> lane = producer.GetLane<Number>();
        LaneClaim<Number> claim = lane.Claim(2);
        if (byDispose)
            producer.Dispose();
        else
            engine.StopDrained();

        PublishResult result = claim.Publish();
        engine.StopDrained();
        Expect(result);
        Assert.That((seen, engine.LedgerOf<Number>().Published), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_span_cut_short_by_the_stop_says_how_many_were_published([Values] bool isShared)
    {
        EventEngine engine = Engines.Start(capacity: 8);
        using var isInHandler = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) =>
        {
            isInHandler.Set();
            goOn.Wait();
        });
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        PublishResult result = default;
        RunningThreads publisher = Threads.Start(() => result = isShared
            ? shared.PublishBatch(new Number[100])
            : lane.PublishBatch(new Number[100]));
        Eventually.IsOpen(isInHandler);
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Published == 8 && publisher.AreStalled);
        Task<StopReport> stop = engine.StopAsync(Eventually.HangGuard);
        publisher.Join();
        goOn.Set();
        Assert.That(Eventually.Result(stop).IsDrained, Is.True);
        Assert.That(result, Is.EqualTo(new PublishResult((int)engine.LedgerOf<Number>().Published, PublishOutcome.Stopped)));
    }

    [Test]
    public void A_publisher_held_up_by_its_inline_handler_does_not_wait_for_a_handler_that_hangs()
    {
        EventEngine engine = Engines.Start();
        using var isInInline = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var isHanging = new ManualResetEventSlim();
        using var endHang = new ManualResetEventSlim();
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            isHanging.Set();
            endHang.Wait();
        });
        engine.Subscribe(
            (in Number number, in Envelope _) =>
            {
                if (number.Value == 0)
                    return;
                isInInline.Set();
                goOn.Wait();
            },
            new SubscriptionOptions<Number> { Delivery = Delivery.Inline });
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        RunningThreads publisher = Threads.Start(() =>
        {
            lane.Publish(new Number(0));
            Expect(lane.Publish(new Number(1)));
        });
        Eventually.IsOpen(isHanging);
        Eventually.IsOpen(isInInline);
        StopReport report = engine.Stop(TimeSpan.Zero);
        goOn.Set();
        publisher.Join();
        Assert.That(report.LeftCount, Is.EqualTo(1));
        Assert.That(engine.LedgerOf<Number>().Published, Is.EqualTo(1));
        endHang.Set();
    }

    [Test]
    public void A_publisher_that_waits_for_room_is_released_by_the_stop()
    {
        EventEngine engine = Engines.Start(capacity: 2, OverflowPolicy.Wait);
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) => goOn.Wait());
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        long published = 0;
        RunningThreads publisher = Threads.Start(() =>
        {
            PublishOutcome outcome;
            while ((outcome = lane.Publish(new Number(1))) == PublishOutcome.Published)
                published++;
            Expect(outcome);
        });
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Published == 2 && publisher.AreStalled);
        StopReport report = engine.Stop(TimeSpan.Zero);
        publisher.Join();
        Assert.That((report.IsDrained, report.LeftCount), Is.EqualTo((false, published)));
        goOn.Set();
    }

    private static void Expect(PublishResult result) => Assert.That(result, Is.EqualTo(new PublishResult(0, PublishOutcome.Stopped)));

    private static void Expect(PublishOutcome outcome) => Assert.That(outcome, Is.EqualTo(PublishOutcome.Stopped));
}
