using Engine.Bus;
using Engine.Events;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

public class SubscriptionTests
{
    [Test]
    public void A_pattern_gets_the_event_types_it_matches_known_or_new()
    {
        var bus = new EventBus();
        var names = new Names();
        bus.Publish(new OrderCreated(1));
        bus.Subscribe("order.*", names);
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderShipped(1));
        bus.Publish(new Number(1));
        Assert.That(names.Seen, Is.EqualTo(new[] { "order.created", "order.shipped" }));
    }

    [Test]
    public void Patterns_and_types_share_one_order_of_priority()
    {
        var bus = new EventBus();
        var names = new Names();
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => names.Seen.Add("by type"), new() { Priority = 1 });
        bus.Subscribe("**", names);
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => names.Seen.Add("last"), new() { Priority = -1 });
        bus.Publish(new OrderCreated(1));
        Assert.That(names.Seen, Is.EqualTo(new[] { "by type", "order.created", "last" }));
    }

    [Test]
    public void Any_number_of_pattern_subscriptions_end_with_nothing_left_behind()
    {
        var bus = new EventBus();
        BusSubscription[] all = [.. Enumerable.Range(0, 100).Select(_ => bus.Subscribe("**", new Names()))];
        bus.Publish(new OrderCreated(1));
        foreach (BusSubscription subscription in all)
            subscription.Dispose();
        bus.Publish(new OrderShipped(1));
        EventBusStatistics statistics = bus.GetStatistics();
        Assert.That(statistics.Subscriptions, Is.Empty);
        Assert.That(statistics.Topics.Select(static t => t.SubscriptionCount), Has.All.Zero);
        Assert.That(statistics.SubscriptionVersion, Is.EqualTo(200));
    }

    [Test]
    public void Unsubscribing_by_id_says_whether_there_was_one()
    {
        var bus = new EventBus();
        BusSubscription subscription = bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => { });
        Assert.That((bus.Unsubscribe(subscription.Id), bus.Unsubscribe(subscription.Id), bus.Unsubscribe(99)), Is.EqualTo((true, false, false)));
        Assert.That(subscription.IsActive, Is.False);
    }

    [Test]
    public void A_handler_may_end_its_own_subscription_and_one_that_comes_after_it()
    {
        var bus = new EventBus();
        int own = 0;
        int other = 0;
        BusSubscription? self = null;
        BusSubscription? victim = null;
        self = bus.Subscribe<Number>((in Number _, EventContext _) =>
        {
            own++;
            self!.Dispose();
            victim!.Dispose();
        });
        victim = bus.Subscribe<Number>((in Number _, EventContext _) => other++);
        bus.Publish(new Number(1));
        bus.Publish(new Number(2));
        Assert.That((own, other), Is.EqualTo((1, 0)));
    }

    [Test]
    public void A_handler_that_subscribes_is_heard_from_the_next_event_on()
    {
        var bus = new EventBus();
        int late = 0;
        bool done = false;
        bus.Subscribe<Number>((in Number _, EventContext _) =>
        {
            if (!done)
                bus.Subscribe<Number>((in Number _, EventContext _) => late++);
            done = true;
        });
        bus.Publish(new Number(1));
        Assert.That(late, Is.Zero);
        bus.Publish(new Number(2));
        Assert.That(late, Is.EqualTo(1));
    }

    [Test]
    public void Dispose_waits_for_the_handler_on_another_thread_but_not_for_other_handlers()
    {
        var bus = new EventBus();
        using var isInHandler = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        bool hasLeft = false;
        BusSubscription before = bus.Subscribe<Number>((in Number _, EventContext _) => { });
        BusSubscription slow = bus.Subscribe<Number>((in Number _, EventContext _) =>
        {
            isInHandler.Set();
            goOn.Wait();
            Volatile.Write(ref hasLeft, true);
        });
        BusSubscription after = bus.Subscribe<Number>((in Number _, EventContext _) => { });
        RunningThreads publisher = Threads.Start(() => bus.Publish(new Number(1)));
        Eventually.IsOpen(isInHandler);
        before.Dispose();
        after.Dispose();
        bool hadLeft = false;
        RunningThreads canceller = Threads.Start(() =>
        {
            slow.Dispose();
            hadLeft = Volatile.Read(ref hasLeft);
        });
        Eventually.IsTrue(() => !slow.IsActive);
        goOn.Set();
        canceller.Join();
        publisher.Join();
        Assert.That((hadLeft, after.DeliveredCount), Is.EqualTo((true, 0L)));
    }

    [Test]
    public void After_dispose_returns_the_handler_is_never_called_again()
    {
        var bus = new EventBus();
        bool stop = false;
        bool isDisposed = false;
        long late = 0;
        RunningThreads publisher = Threads.Start(() =>
        {
            while (!Volatile.Read(ref stop))
                bus.Publish(new Number(1));
        });
        for (int round = 0; round < 2_000; round++)
        {
            Volatile.Write(ref isDisposed, false);
            BusSubscription subscription = bus.Subscribe<Number>((in Number _, EventContext _) =>
            {
                if (Volatile.Read(ref isDisposed))
                    late++;
            });
            subscription.Dispose();
            Volatile.Write(ref isDisposed, true);
        }

        Volatile.Write(ref stop, true);
        publisher.Join();
        Assert.That(late, Is.Zero);
    }

    [Test]
    public void A_wrong_pattern_changes_nothing()
    {
        var bus = new EventBus();
        Assert.That(() => bus.Subscribe("order.", new Names()), Throws.TypeOf<FormatException>());
        Assert.That(bus.GetStatistics().SubscriptionVersion, Is.Zero);
    }

    private sealed class Names : IBusAnyHandler
    {
        public List<string> Seen { get; } = [];

        public void Handle<T>(in T @event, EventContext context)
            where T : IEvent<T>
        {
            Assert.That(context.EventType.Name, Is.EqualTo(T.Descriptor.Name));
            Seen.Add(T.Descriptor.Name);
        }
    }
}
