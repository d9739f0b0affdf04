#pragma warning disable ENGINE001 // The old types are what is tested.
using Engine.Bus;
using Engine.Compatibility;
using Engine.Tests.Support;

namespace Engine.Tests.Compatibility;

/// <summary>Old and new code on one bus.</summary>
public class SharedBusTests
{
    [Test]
    public void An_old_handler_gets_typed_events_of_its_name()
    {
        var time = new ManualTime();
        var bus = new EventBus();
        var seen = new List<IDomainEvent>();
        new DomainEventBus(bus, time).Subscribe("order.created", new SimpleEventHandler(seen.Add));
        bus.Publish(new OrderCreated(7));
        bus.Publish(new OrderShipped(7));
        Assert.That(seen, Has.Count.EqualTo(1));
        Assert.That(seen[0], Is.TypeOf<TypedDomainEvent<OrderCreated>>());
        var old = (TypedDomainEvent<OrderCreated>)seen[0];
        Assert.That(
            (old.Payload.Number, old.EventType, old.OccurredAt, old.AggregateId),
            Is.EqualTo((7, "order.created", time.GetUtcNow(), (string?)null)));
    }

    [Test]
    public void An_event_of_both_kinds_reaches_both_kinds_of_handlers_once()
    {
        var adapter = new DomainEventBus();
        var old = new List<IDomainEvent>();
        var typed = new List<DiskAttached>();
        adapter.Subscribe("disk.attached", new SimpleEventHandler(old.Add), new VmIdFilter("vm-1"));
        adapter.Subscribe("disk.attached", new SimpleEventHandler(old.Add), new VmIdFilter("vm-2"));
        adapter.Bus.Subscribe<DiskAttached>((in DiskAttached e, EventContext _) => typed.Add(e));
        var first = new DiskAttached(1);
        var second = new DiskAttached(2);
        adapter.Publish(first);
        adapter.Bus.Publish(second);
        Assert.That(old, Is.EqualTo(new[] { first, second }));
        Assert.That(typed, Is.EqualTo(new[] { first, second }));
    }

    [Test]
    public void New_code_can_take_old_events_by_the_bridge_type()
    {
        var adapter = new DomainEventBus();
        var seen = new List<string>();
        adapter.Bus.Subscribe<LegacyEvent>((in LegacyEvent e, EventContext _) => seen.Add(e.Event.EventType));
        adapter.Publish(new OldEvent("a.b"));
        Assert.That(seen, Is.EqualTo(new[] { "a.b" }));
    }

    [Test]
    public void Adapters_of_one_bus_share_subscriptions_and_those_of_others_do_not()
    {
        var bus = new EventBus();
        int calls = 0;
        long id = new DomainEventBus(bus).Subscribe("a.b", new SimpleEventHandler(_ => calls++));
        new DomainEventBus(bus).Publish(new OldEvent("a.b"));
        new DomainEventBus().Publish(new OldEvent("a.b"));
        Assert.That((calls, new DomainEventBus(bus).SubscriptionCount, new DomainEventBus().SubscriptionCount), Is.EqualTo((1, 1, 0)));
        Assert.That(new DomainEventBus().UnsubscribeById(id), Is.False);
        Assert.That(new DomainEventBus(bus).UnsubscribeById(id), Is.True);
    }

    [Test]
    public void The_id_ends_the_whole_subscription_at_the_bus_too()
    {
        var bus = new EventBus();
        var adapter = new DomainEventBus(bus);
        int calls = 0;
        long id = adapter.Subscribe("disk.attached", new SimpleEventHandler(_ => calls++));
        Assert.That(bus.Unsubscribe(id), Is.True);
        adapter.Publish(new OldEvent("disk.attached"));
        adapter.Publish(new DiskAttached(1));
        Assert.That(calls, Is.Zero);
        Assert.That((adapter.UnsubscribeById(id), adapter.SubscriptionCount), Is.EqualTo((false, 0)));
        Assert.That(bus.GetStatistics().Subscriptions, Is.Empty);
    }

    [Test]
    public void A_typed_event_that_an_old_handler_throws_on_still_reaches_the_others()
    {
        var bus = new EventBus();
        int calls = 0;
        new DomainEventBus(bus).Subscribe(
            "order.created", new SimpleEventHandler(static _ => throw new InvalidOperationException(), priority: 1));
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => calls++);
        bus.Publish(new OrderCreated(1));
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(bus.GetStatistics().Subscriptions.Sum(static s => s.ErrorCount), Is.EqualTo(1));
    }
}
