#pragma warning disable ENGINE001 // The old types are what is tested.
using Engine.Bus;
using Engine.Compatibility;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Compatibility;

public class DomainEventBusTests
{
    [Test]
    public void A_handler_gets_the_events_of_its_name_only_until_it_unsubscribes()
    {
        var bus = new DomainEventBus();
        var seen = new List<IDomainEvent>();
        long id = bus.Subscribe("memory.allocated", new SimpleEventHandler(seen.Add));
        var first = new OldEvent("memory.allocated");
        bus.Publish(first);
        bus.Publish(new OldEvent("memory.freed"));
        Assert.That(bus.UnsubscribeById(id), Is.True);
        bus.Publish(new OldEvent("memory.allocated"));
        Assert.That(seen, Is.EqualTo(new[] { first }));
    }

    [Test]
    public void A_filter_decides_beside_the_name()
    {
        var bus = new DomainEventBus();
        var seen = new List<string?>();
        bus.Subscribe("memory.allocated", new SimpleEventHandler(e => seen.Add(e.AggregateId)), new VmIdFilter("vm-1"));
        bus.Publish(new OldEvent("memory.allocated", "vm-1"));
        bus.Publish(new OldEvent("memory.allocated", "vm-2"));
        bus.Publish(new OldEvent("memory.allocated"));
        Assert.That(seen, Is.EqualTo(new[] { "vm-1" }));
    }

    [Test]
    public void A_handler_that_throws_stops_nobody_and_is_reported()
    {
        var errors = new List<BusHandlerError>();
        var bus = new DomainEventBus(new EventBus("old", new EventBusOptions { OnHandlerError = errors.Add }));
        int calls = 0;
        bus.Subscribe("disk.failed", new SimpleEventHandler(static _ => throw new InvalidOperationException("broken")));
        bus.Subscribe("disk.failed", new SimpleEventHandler(_ => calls++));
        Assert.That(bus.Publish(new OldEvent("disk.failed")), Is.EqualTo(PublishOutcome.Published));
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(errors.Select(static e => (e.SubscriptionName, e.Exception.Message)), Is.EqualTo(new[] { ("disk.failed", "broken") }));
    }

    [Test]
    public void Higher_priority_is_called_earlier()
    {
        var bus = new DomainEventBus();
        var order = new List<int>();
        foreach (int priority in new[] { 0, 10, -5 })
            bus.Subscribe("a.b", new SimpleEventHandler(_ => order.Add(priority), priority));
        bus.Publish(new OldEvent("a.b"));
        Assert.That(order, Is.EqualTo(new[] { 10, 0, -5 }));
    }

    [Test]
    public void Unsubscribing_by_name_asks_for_the_right_name()
    {
        var bus = new DomainEventBus();
        long id = bus.Subscribe("a.b", new SimpleEventHandler(static _ => { }));
        Assert.That(bus.Unsubscribe("a.c", id), Is.False);
        Assert.That(bus.Unsubscribe("a.b", id), Is.True);
        Assert.That(bus.Unsubscribe("a.b", id), Is.False);
        Assert.That(bus.UnsubscribeById(id), Is.False);
        Assert.That(bus.Bus.GetStatistics().Subscriptions, Is.Empty);
    }

    [Test]
    public void Subscriptions_are_counted_in_all_and_by_name()
    {
        var bus = new DomainEventBus();
        bus.Subscribe("a.b", new SimpleEventHandler(static _ => { }));
        bus.Subscribe("a.b", new SimpleEventHandler(static _ => { }));
        long other = bus.Subscribe("a.c", new SimpleEventHandler(static _ => { }));
        Assert.That((bus.SubscriptionCount, bus.GetSubscriptionCount("a.b"), bus.GetSubscriptionCount("a.d")), Is.EqualTo((3, 2, 0)));
        bus.UnsubscribeById(other);
        Assert.That(bus.SubscriptionCount, Is.EqualTo(2));
    }

    [TestCase("MemoryAllocated")]
    [TestCase("memory.page_fault")]
    [TestCase("memory.*")]
    [TestCase("legacy.event")]
    public void Any_old_name_works_and_means_itself(string name)
    {
        var bus = new DomainEventBus();
        var seen = new List<string>();
        bus.Subscribe(name, new SimpleEventHandler(e => seen.Add(e.EventType)));
        bus.Publish(new OldEvent(name));
        bus.Publish(new OldEvent("memory.freed"));
        Assert.That(seen, Is.EqualTo(new[] { name }));
    }

    [Test]
    public void Nobody_subscribed_is_what_publishing_says() =>
        Assert.That(new DomainEventBus().Publish(new OldEvent("a.b")), Is.EqualTo(PublishOutcome.NotSubscribed));

    [Test]
    public void Bad_use_is_refused()
    {
        var bus = new DomainEventBus();
        Assert.That(() => bus.Subscribe(" ", new SimpleEventHandler(static _ => { })), Throws.ArgumentException);
        Assert.That(() => bus.Subscribe("a.b", null!), Throws.ArgumentNullException);
        Assert.That(() => bus.Publish(null!), Throws.ArgumentNullException);
        Assert.That(() => new DomainEventBus(null!), Throws.ArgumentNullException);
        Assert.That(() => new SimpleEventHandler(null!), Throws.ArgumentNullException);
    }

    [Test]
    public void After_unsubscribing_returns_the_handler_is_never_called_again()
    {
        var bus = new DomainEventBus();
        bool stop = false;
        bool isDone = false;
        long late = 0;
        RunningThreads publisher = Threads.Start(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                bus.Publish(new OldEvent("disk.attached"));
                bus.Publish(new DiskAttached(1));
            }
        });
        for (int round = 0; round < 500; round++)
        {
            Volatile.Write(ref isDone, false);
            long id = bus.Subscribe("disk.attached", new SimpleEventHandler(_ =>
            {
                if (Volatile.Read(ref isDone))
                    Interlocked.Increment(ref late);
            }));
            Assert.That(bus.UnsubscribeById(id), Is.True);
            Volatile.Write(ref isDone, true);
        }

        Volatile.Write(ref stop, true);
        publisher.Join();
        Assert.That(late, Is.Zero);
    }
}
