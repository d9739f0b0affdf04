using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>Ids, and what guards against events that lead back to themselves.</summary>
public class EventIdTests
{
    [Test]
    public void Ids_are_made_once_differ_and_ascend()
    {
        var bus = new EventBus();
        var ids = new List<Guid>();
        bool isStable = true;
        bus.Subscribe<Number>((in Number _, EventContext context) =>
        {
            ids.Add(context.Id);
            isStable &= context.Id == ids[^1];
        });
        for (int i = 0; i < 1000; i++)
            bus.Publish(new Number(i));
        Assert.That(isStable);
        Assert.That(ids, Is.Unique.And.Ordered.Using<Guid>(static (a, b) => string.CompareOrdinal(a.ToString(), b.ToString())));
        Assert.That(ids.Select(static id => (id.Version, id.Variant & 0xC)), Has.All.EqualTo((8, 8)));
    }

    [Test]
    public void Two_buses_make_different_ids()
    {
        Guid Make()
        {
            var bus = new EventBus();
            Guid id = default;
            bus.Subscribe<Number>((in Number _, EventContext context) => id = context.Id);
            bus.Publish(new Number(1));
            return id;
        }

        Guid first = Make();
        Assert.That(Make(), Is.Not.EqualTo(first));
    }

    [Test]
    public void An_event_published_by_a_handler_is_caused_by_the_handled_one_and_belongs_to_the_same_whole()
    {
        var bus = new EventBus();
        var seen = new List<(string Type, Guid Id, Guid Correlation, Guid Causation, int Depth)>();
        bus.Subscribe<OrderCreated>((in OrderCreated order, EventContext context) =>
        {
            bus.Publish(new OrderShipped(order.Number));
            seen.Add((context.EventType.Name, context.Id, context.CorrelationId, context.CausationId, context.Depth));
        });
        bus.Subscribe<OrderShipped>((in OrderShipped order, EventContext context) =>
        {
            bus.Publish(new Number(order.Number));
            seen.Add((context.EventType.Name, context.Id, context.CorrelationId, context.CausationId, context.Depth));
        });
        bus.Subscribe<Number>((in Number _, EventContext context) =>
            seen.Add((context.EventType.Name, context.Id, context.CorrelationId, context.CausationId, context.Depth)));
        bus.Publish(new OrderCreated(1));

        (string _, Guid root, _, _, _) = seen[2];
        Assert.That(
            seen.Select(static e => (e.Type, e.Depth)),
            Is.EqualTo(new[] { ("test.number", 2), ("order.shipped", 1), ("order.created", 0) }));
        Assert.That(seen.Select(static e => e.Correlation), Has.All.EqualTo(root));
        Assert.That((seen[0].Causation, seen[1].Causation, seen[2].Causation), Is.EqualTo((seen[1].Id, root, Guid.Empty)));
    }

    [Test]
    public void Ids_of_the_publisher_are_kept()
    {
        var bus = new EventBus();
        var given = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        EventIds seen = default;
        bus.Subscribe<Number>((in Number _, EventContext context) =>
            seen = new EventIds { Id = context.Id, CorrelationId = context.CorrelationId, CausationId = context.CausationId });
        bus.Publish(new Number(1), given);
        Assert.That(seen, Is.EqualTo(given));
    }

    [Test]
    public void Nothing_of_an_event_is_left_for_the_next_one_on_the_thread()
    {
        var bus = new EventBus();
        EventIds seen = default;
        bus.Subscribe<Number>((in Number _, EventContext context) =>
            seen = new EventIds { Id = context.Id, CorrelationId = context.CorrelationId, CausationId = context.CausationId });
        var given = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        bus.Publish(new Number(1), given);
        bus.Publish(new Number(2));
        Assert.That(seen.Id, Is.Not.EqualTo(given.Id).And.Not.EqualTo(Guid.Empty));
        Assert.That((seen.CorrelationId, seen.CausationId), Is.EqualTo((seen.Id, Guid.Empty)));
        Guid second = seen.Id;
        bus.Publish(new Number(3));
        Assert.That(seen.Id, Is.Not.EqualTo(second));
    }

    [Test]
    public void An_event_that_leads_back_to_itself_is_refused_at_the_depth_allowed()
    {
        var errors = new List<Exception>();
        var bus = new EventBus("loop", new EventBusOptions { MaxDepth = 3, OnHandlerError = error => errors.Add(error.Exception) });
        int calls = 0;
        bus.Subscribe<OrderCreated>((in OrderCreated order, EventContext _) =>
        {
            calls++;
            bus.Publish(new OrderShipped(order.Number));
        });
        bus.Subscribe<OrderShipped>((in OrderShipped order, EventContext _) =>
        {
            calls++;
            bus.Publish(new OrderCreated(order.Number));
        });
        bus.Publish(new OrderCreated(1));
        Assert.That(calls, Is.EqualTo(4));
        Assert.That(errors.Single(), Is.TypeOf<EventLoopException>().With.Message.Contains(
            "order.created -> order.shipped -> order.created -> order.shipped -> order.created").And.Message.Contains("at most 3"));
        Assert.That(bus.Publish(new OrderShipped(1)), Is.EqualTo(Engine.Publish.PublishOutcome.Published), "The bus works on.");
    }

    [Test]
    public void The_same_event_inside_its_own_handling_is_refused()
    {
        var errors = new List<Exception>();
        var bus = new EventBus("loop", new EventBusOptions { OnHandlerError = error => errors.Add(error.Exception) });
        int calls = 0;
        bus.Subscribe<OrderCreated>((in OrderCreated order, EventContext context) =>
        {
            calls++;
            bus.Publish(new OrderShipped(order.Number));
        });
        var id = Guid.NewGuid();
        bus.Subscribe<OrderShipped>(
            (in OrderShipped order, EventContext _) => bus.Publish(new OrderCreated(order.Number), new EventIds { Id = id }));
        bus.Publish(new OrderCreated(1), new EventIds { Id = id });
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(
            errors.Single(),
            Is.TypeOf<EventLoopException>().With.Message.Contains(id.ToString()).And.Message.Contains("inside its own handling"));
    }
}
