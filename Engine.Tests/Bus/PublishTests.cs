using Engine.Bus;
using Engine.Events;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

public class PublishTests
{
    [Test]
    public void A_handler_gets_the_event_before_publishing_returns()
    {
        var bus = new EventBus();
        var seen = new List<OrderCreated>();
        bus.Subscribe<OrderCreated>((in OrderCreated order, EventContext _) => seen.Add(order));
        var order = new OrderCreated(7, "Ada");
        Assert.That(bus.Publish(order), Is.EqualTo(PublishOutcome.Published));
        Assert.That(seen, Is.EqualTo(new[] { order }));
    }

    [Test]
    public void Without_a_subscriber_the_outcome_says_so_and_nothing_is_counted()
    {
        var bus = new EventBus();
        Assert.That(bus.Publish(new OrderCreated(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => { }).Dispose();
        Assert.That(bus.Publish(new OrderCreated(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        Assert.That(bus.GetStatistics().Topics.Single(), Is.EqualTo(new BusTopicStatistics("order.created", 0, 0, default)));
    }

    [Test]
    public void Handlers_run_by_priority_and_then_in_order_of_subscription()
    {
        var bus = new EventBus();
        var calls = new List<string>();
        foreach ((string name, int priority) in new[] { ("a", 0), ("b", 5), ("c", 0), ("d", -1), ("e", 5) })
            bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => calls.Add(name), new() { Priority = priority });
        bus.Publish(new OrderCreated(1));
        Assert.That(string.Concat(calls), Is.EqualTo("beacd"));
    }

    [Test]
    public void A_handler_that_throws_is_reported_and_stops_nobody()
    {
        var errors = new List<BusHandlerError>();
        var bus = new EventBus("orders", new EventBusOptions { OnHandlerError = errors.Add });
        int seen = 0;
        var failure = new InvalidOperationException("no stock");
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => seen++);
        BusSubscription failing = bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) => throw failure,
            new() { Name = "stock" });
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => seen++);
        var id = Guid.NewGuid();
        bus.Publish(new OrderCreated(1), new EventIds { Id = id });

        Assert.That((seen, failing.DeliveredCount, failing.ErrorCount), Is.EqualTo((2, 1L, 1L)));
        Assert.That(errors, Is.EqualTo(new[] { new BusHandlerError(failing.Id, "stock", OrderCreated.Descriptor, id, failure) }));
    }

    [Test]
    public void A_report_that_throws_reaches_neither_publisher_nor_handlers()
    {
        var bus = new EventBus("orders", new EventBusOptions { OnHandlerError = static _ => throw new InvalidOperationException() });
        int seen = 0;
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => throw new InvalidOperationException());
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => seen++);
        Assert.That(bus.Publish(new OrderCreated(1)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(seen, Is.EqualTo(1));
    }

    [Test]
    public void A_filter_chooses_events_and_one_that_throws_lets_nothing_pass()
    {
        var bus = new EventBus();
        var seen = new List<int>();
        EventFilter<OrderCreated> even = EventFilter.Where((in OrderCreated order) => order.Number % 2 == 0);
        EventFilter<OrderCreated> failing = EventFilter.Where(
            (in OrderCreated order) => order.Number == 4 ? throw new InvalidOperationException() : true);
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated order, EventContext _) => seen.Add(order.Number), new() { Filter = even.And(failing) });
        for (int i = 0; i < 8; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That(seen, Is.EqualTo(new[] { 0, 2, 6 }));
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount), Is.EqualTo((3L, 1L)));
    }

    [Test]
    public void Buses_know_nothing_of_each_other()
    {
        var first = new EventBus("first");
        var second = new EventBus("second");
        int seen = 0;
        first.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => seen++);
        second.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => seen += 10);
        second.Publish(new OrderCreated(1));
        Assert.That(seen, Is.EqualTo(10));
    }

    [Test]
    public void Two_event_types_of_one_name_are_refused()
    {
        var bus = new EventBus("orders");
        bus.Publish(new Number(1));
        Assert.That(() => bus.Publish(new SecondNumber(1)), Throws.InvalidOperationException
            .With.Message.Contains("\"test.number\"").And.Message.Contains("\"orders\"").And.Message.Contains(nameof(SecondNumber)));
    }

    [Test]
    public void Options_out_of_range_are_refused([Values(0, 16)] int depth) =>
        Assert.That(
            () => new EventBus("b", new EventBusOptions { MaxDepth = depth }),
            Throws.TypeOf<InvalidBusOptionsException>()
                .With.Message.Contains($"EventBus:MaxDepth = \"{depth}\": must be 1 to 15"));

    [Test]
    public void Publishing_allocates_nothing()
    {
        var bus = new EventBus();
        long sum = 0;
        bus.Subscribe<Number>((in Number number, EventContext _) => sum += number.Value);
        bus.Subscribe<Number>(
            (in Number number, EventContext context) => sum += context.Depth,
            new() { Filter = EventFilter.Where((in Number n) => n.Value > 1) });
        bus.Subscribe("test.*", new Counting());
        Assert.That(Allocations.Of(() => bus.Publish(new Number(2))), Is.Zero);
        Assert.That(sum, Is.Positive);
    }

    [Test]
    public void Counters_are_exact_with_many_threads()
    {
        const int ThreadCount = 80;
        const int PerThread = 2_000;
        var bus = new EventBus();
        long seen = 0;
        BusSubscription subscription = bus.Subscribe<Number>((in Number _, EventContext _) => Interlocked.Increment(ref seen));
        Threads.Run(ThreadCount, _ =>
        {
            for (int i = 0; i < PerThread; i++)
                bus.Publish(new Number(i));
        });
        Assert.That(
            (seen, subscription.DeliveredCount, bus.GetStatistics().Topics.Single().Published),
            Is.EqualTo(((long)ThreadCount * PerThread, (long)ThreadCount * PerThread, (long)ThreadCount * PerThread)));
    }

    private sealed class Counting : IBusAnyHandler
    {
        private long _count;

        public void Handle<T>(in T @event, EventContext context)
            where T : IEvent<T> =>
            _count++;
    }
}
