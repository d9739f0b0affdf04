using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions;

public class UnsubscribeTests
{
    [Test]
    public void A_handler_may_end_its_own_subscription_and_gets_no_further_event()
    {
        EventEngine engine = Engines.Build();
        Subscription? self = null;
        long seen = 0;
        long others = 0;
        self = engine.Subscribe((in Number _, in Envelope _) =>
        {
            if (++seen == 3)
                self!.Dispose();
        });
        engine.Subscribe((in Number _, in Envelope _) => others++);
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[50]);
        engine.Start();
        engine.StopDrained();
        Assert.That((seen, self.DeliveredCount, others), Is.EqualTo((3, 3, 50)));
    }

    [Test]
    public void A_handler_may_end_another_subscription_of_its_event_type()
    {
        EventEngine engine = Engines.Build();
        long seen = 0;
        Subscription victim = engine.Subscribe((in Number _, in Envelope _) => seen++);
        engine.SubscribeBatch(
            (ReadOnlySpan<Number> _, in Envelope _) => victim.Dispose(), new SubscriptionOptions<Number> { Priority = 1 });
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[50]);
        engine.Start();
        engine.StopDrained();
        Assert.That((seen, victim.IsActive), Is.EqualTo((0, false)));
    }

    [Test]
    public void Dispose_waits_for_a_call_of_the_handler_on_another_thread()
    {
        EventEngine engine = Engines.Start();
        using var isInHandler = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        bool hasLeft = false;
        Subscription subscription = engine.Subscribe((in Number _, in Envelope _) =>
        {
            isInHandler.Set();
            goOn.Wait();
            Volatile.Write(ref hasLeft, true);
        });
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        Eventually.IsOpen(isInHandler);
        bool hadLeft = false;
        RunningThreads cancellers = Threads.Start(
            () =>
            {
                subscription.Dispose();
                hadLeft = Volatile.Read(ref hasLeft);
            },
            () =>
            {
                Eventually.IsTrue(() => !subscription.IsActive);
                subscription.Dispose();
                Assert.That(Volatile.Read(ref hasLeft), Is.True, "the second caller waits as well");
            },
            () =>
            {
                Eventually.IsTrue(() => !subscription.IsActive);
                goOn.Set();
            });
        cancellers.Join();
        Assert.That(hadLeft, Is.True);
        engine.StopDrained();
    }

    [Test]
    public void Two_handlers_that_end_each_other_do_not_block()
    {
        for (int i = 0; i < 300; i++)
        {
            EventEngine engine = Engines.Start(configure: options => options.DispatcherCount = 2);
            Subscription? first = null;
            Subscription? second = null;
            using var both = new Barrier(2);
            first = engine.Subscribe((in Number _, in Envelope _) =>
            {
                both.SignalAndWait(Eventually.HangGuard);
                second!.Dispose();
            });
            second = engine.Subscribe((in Letter _, in Envelope _) =>
            {
                both.SignalAndWait(Eventually.HangGuard);
                first.Dispose();
            });
            EventProducer producer = engine.CreateProducer();
            producer.GetLane<Number>().Publish(new Number(1));
            producer.GetLane<Letter>().Publish(new Letter(1));
            engine.StopDrained();
            Assert.That((first.IsActive, second.IsActive), Is.EqualTo((false, false)));
        }
    }

    [Test]
    public void A_handler_may_subscribe_and_the_new_subscription_gets_what_comes_later()
    {
        EventEngine engine = Engines.Start();
        long late = 0;
        Subscription? added = null;
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            if (number.Value == 0)
                added = engine.Subscribe((in Number _, in Envelope _) => late++);
        });
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        lane.Publish(new Number(0));
        Eventually.IsTrue(() => Volatile.Read(ref added) is not null);
        lane.Publish(new Number(1));
        lane.Publish(new Number(2));
        engine.StopDrained();
        Assert.That(late, Is.EqualTo(2));
    }

    [Test]
    public void Unsubscribing_the_last_one_lets_the_buffered_events_pass_uncalled()
    {
        EventEngine engine = Engines.Build();
        Subscription subscription = engine.Subscribe((in Number _, in Envelope _) => Assert.Fail("called"));
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        lane.PublishBatch(new Number[10]);
        subscription.Dispose();
        Assert.That(lane.Publish(new Number(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        engine.Start();
        engine.StopDrained();
        Assert.That((lane.Ledger.Dispatched, lane.Ledger.Undelivered, subscription.DeliveredCount), Is.EqualTo((0, 10, 0)));
    }

    [Test]
    public void Ending_an_inline_subscription_waits_for_the_publishers_inside_it()
    {
        EventEngine engine = Engines.Build();
        using var isInHandler = new ManualResetEventSlim();
        bool hasLeft = false;
        Subscription? subscription = null;
        subscription = engine.Subscribe(
            (in Number _, in Envelope _) =>
            {
                isInHandler.Set();
                Eventually.IsTrue(() => !subscription!.IsActive);
                Volatile.Write(ref hasLeft, true);
            },
            new SubscriptionOptions<Number> { Delivery = Delivery.Inline });
        RunningThreads publisher = Threads.Start(() => engine.GetSharedLane<Number>().Publish(new Number(1)));
        Eventually.IsOpen(isInHandler);
        subscription.Dispose();
        Assert.That(Volatile.Read(ref hasLeft), Is.True);
        publisher.Join();
    }
}
