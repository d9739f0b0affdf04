#pragma warning disable ENGINE001 // The old types are what is tested.
using Engine.Bus;
using Engine.Compatibility;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Compatibility;

/// <summary>An event of the older kind finds its handlers by its name, whoever else is subscribed.</summary>
public class OldEventNameTests
{
    [Test]
    public void Subscriptions_to_other_names_are_not_asked([Values] bool isAsync)
    {
        int alone = NameReads(isAsync, otherCount: 0);
        Assert.That((alone, NameReads(isAsync, otherCount: 1000)), Is.EqualTo((alone, alone)));
    }

    [Test]
    public void An_event_that_nobody_subscribed_to_is_published_as_long_as_there_are_handlers_at_all()
    {
        var bus = new DomainEventBus();
        Assert.That(bus.Publish(new OldEvent("a.b")), Is.EqualTo(PublishOutcome.NotSubscribed));
        bus.Subscribe("c.d", new SimpleEventHandler(static _ => { }));
        Assert.That(bus.Publish(new OldEvent("a.b")), Is.EqualTo(PublishOutcome.Published));
        Assert.That(((EventBus)bus.Bus).GetStatistics().Topics.Single(static t => t.Name == "legacy.event").Published, Is.EqualTo(1));
    }

    [Test]
    public void Handlers_of_all_old_events_keep_their_place_among_those_of_a_name()
    {
        var shared = new EventBus();
        var bus = new DomainEventBus(shared);
        var order = new List<string>();
        bus.Subscribe("a.b", new SimpleEventHandler(_ => order.Add("named 10"), 10));
        shared.Subscribe<LegacyEvent>((in LegacyEvent _, EventContext _) => order.Add("typed 5"), new() { Priority = 5 });
        bus.Subscribe("a.b", new SimpleEventHandler(_ => order.Add("named 0"), 0));
        BusSubscription all = shared.Subscribe("**", new Recorder(order), new() { Priority = -1 });
        bus.Publish(new OldEvent("a.b"));
        bus.Publish(new OldEvent("c.d"));
        all.Dispose();
        bus.Publish(new OldEvent("c.d"));
        Assert.That(order, Is.EqualTo(new[] { "named 10", "typed 5", "named 0", "any -1", "typed 5", "any -1", "typed 5" }));
    }

    [Test]
    public void A_name_that_throws_is_reported_by_each_that_asks_and_one_that_is_null_is_nobodys()
    {
        var errors = new List<BusHandlerError>();
        var shared = new EventBus("old", new EventBusOptions { OnHandlerError = errors.Add });
        var bus = new DomainEventBus(shared);
        int typed = 0;
        int named = 0;
        bus.Subscribe("a.b", new SimpleEventHandler(_ => named++));
        bus.Subscribe("c.d", new SimpleEventHandler(_ => named++));
        shared.Subscribe<LegacyEvent>((in LegacyEvent _, EventContext _) => typed++);
        Assert.That(bus.Publish(new Nameless(static () => throw new InvalidOperationException("no name"))), Is.EqualTo(PublishOutcome.Published));
        Assert.That(bus.Publish(new Nameless(static () => null!)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(errors.Select(static e => (e.SubscriptionName, e.Exception.Message)), Is.EqualTo(new[] { ("a.b", "no name"), ("c.d", "no name") }));
        Assert.That((named, typed), Is.EqualTo((0, 2)));
        Assert.That(bus.Publish(new OldEvent("c.d")), Is.EqualTo(PublishOutcome.Published));
        Assert.That(named, Is.EqualTo(1));
    }

    [Test]
    public void A_stopped_bus_says_so_whatever_the_name([Values("a.b", "c.d")] string name)
    {
        EventBus shared = Buses.Started();
        var bus = new DomainEventBus(shared);
        bus.Subscribe("a.b", new SimpleEventHandler(static _ => { }));
        shared.StopDrained();
        Assert.That(bus.Publish(new OldEvent(name)), Is.EqualTo(PublishOutcome.Stopped));
    }

    private static int NameReads(bool isAsync, int otherCount)
    {
        int calls = 0;
        int reads = 0;
        var handler = new SimpleEventHandler(_ => calls++);
        var @event = new Nameless(() =>
        {
            reads++;
            return "a.b";
        });
        if (isAsync)
        {
            var bus = new AsyncEventBus();
            bus.Subscribe("a.b", handler);
            for (int i = 0; i < otherCount; i++)
                bus.Subscribe($"other.n{i}", handler);
            bus.PublishSync(@event);
        }
        else
        {
            var bus = new DomainEventBus();
            bus.Subscribe("a.b", handler);
            for (int i = 0; i < otherCount; i++)
                bus.Subscribe($"other.n{i}", handler);
            bus.Publish(@event);
        }

        Assert.That(calls, Is.EqualTo(1));
        return reads;
    }

    private sealed class Nameless(Func<string> name) : IDomainEvent
    {
        public string EventType => name();

        public DateTimeOffset OccurredAt => default;

        public string? AggregateId => null;
    }

    private sealed class Recorder(List<string> order) : IBusAnyHandler
    {
        public void Handle<T>(in T @event, EventContext context)
            where T : Engine.Events.IEvent<T> =>
            order.Add("any -1");
    }
}
