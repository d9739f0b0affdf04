using Engine.Bus;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>The handle of an event type, and the short way that one handler is called by.</summary>
public class BusTopicTests
{
    [Test]
    public void A_handle_reaches_whoever_is_subscribed_at_the_moment()
    {
        var bus = new EventBus("orders");
        BusTopic<Number> topic = bus.GetTopic<Number>();
        var seen = new List<string>();
        Assert.That((topic.HasSubscribers, topic.Publish(new Number(0))), Is.EqualTo((false, PublishOutcome.NotSubscribed)));
        BusSubscription first = bus.Subscribe<Number>((in Number number, EventContext _) => seen.Add($"a{number.Value}"));
        Assert.That((topic.HasSubscribers, topic.Publish(new Number(1))), Is.EqualTo((true, PublishOutcome.Published)));
        BusSubscription second = bus.Subscribe<Number>((in Number number, EventContext _) => seen.Add($"b{number.Value}"));
        topic.Publish(new Number(2));
        first.Dispose();
        topic.Publish(new Number(3));
        second.Dispose();
        topic.Publish(new Number(4));
        Assert.That(seen, Is.EqualTo(new[] { "a1", "a2", "b2", "b3" }));
        Assert.That((topic.EventType, topic.ToString(), default(BusTopic<Number>).ToString()),
            Is.EqualTo((Number.Descriptor, "test.number on bus \"orders\"", "no topic")));
    }

    [Test]
    public async Task Ids_go_with_every_way_of_publishing()
    {
        var bus = new EventBus();
        BusTopic<Number> topic = bus.GetTopic<Number>();
        var seen = new List<Guid>();
        bus.Subscribe<Number>((in Number _, EventContext context) => seen.Add(context.Id));
        Guid[] ids = [Guid.NewGuid(), Guid.NewGuid()];
        topic.Publish(new Number(1), new EventIds { Id = ids[0] });
        Assert.That(await topic.PublishAsync(new Number(2), new EventIds { Id = ids[1] }), Is.EqualTo(PublishOutcome.Published));
        Assert.That(seen, Is.EqualTo(ids));
        Task<PublishOutcome> cancelled = topic.PublishAsync(new Number(3), cancellationToken: new CancellationToken(canceled: true))
            .AsTask();
        Assert.That(cancelled.IsCanceled);
    }

    [Test]
    public void What_the_only_handler_publishes_is_below_its_event_and_ids_are_as_lazy_as_ever()
    {
        var bus = new EventBus();
        BusTopic<Number> numbers = bus.GetTopic<Number>();
        var seen = new List<(int Depth, Guid Id, Guid Correlation, Guid Causation)>();
        bus.Subscribe<Number>((in Number number, EventContext context) =>
        {
            if (number.Value < 2)
                numbers.Publish(new Number(number.Value + 1));
            seen.Add((context.Depth, context.Id, context.CorrelationId, context.CausationId));
        });
        numbers.Publish(new Number(0));
        numbers.Publish(new Number(2));
        Assert.That(seen.Select(static e => e.Depth), Is.EqualTo(new[] { 2, 1, 0, 0 }));
        Assert.That((seen[0].Causation, seen[1].Causation, seen[2].Causation), Is.EqualTo((seen[1].Id, seen[2].Id, Guid.Empty)));
        Assert.That(seen.Take(3).Select(static e => e.Correlation), Has.All.EqualTo(seen[2].Id));
        Assert.That(seen[3].Correlation, Is.EqualTo(seen[3].Id).And.Not.EqualTo(seen[2].Id));
    }

    [Test]
    public void An_endless_loop_of_the_only_handler_is_stopped()
    {
        var errors = new List<BusHandlerError>();
        var bus = new EventBus("loop", new EventBusOptions { OnHandlerError = errors.Add });
        BusTopic<Number> topic = bus.GetTopic<Number>();
        bus.Subscribe<Number>((in Number number, EventContext _) => topic.Publish(number));
        Assert.That(topic.Publish(new Number(1)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(errors.Single().Exception, Is.TypeOf<EventLoopException>());
        Assert.That(topic.Publish(new Number(1)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(errors, Has.Count.EqualTo(2));
    }

    [Test]
    public void The_only_handler_may_throw_and_may_end_itself()
    {
        var errors = new List<BusHandlerError>();
        var bus = new EventBus("test", new EventBusOptions { OnHandlerError = errors.Add });
        BusTopic<Number> topic = bus.GetTopic<Number>();
        BusSubscription subscription = null!;
        subscription = bus.Subscribe<Number>((in Number number, EventContext _) =>
        {
            if (number.Value == 1)
                throw new InvalidOperationException("one");
            subscription.Dispose();
        });
        PublishOutcome[] outcomes = [topic.Publish(new Number(1)), topic.Publish(new Number(2)), topic.Publish(new Number(3))];
        Assert.That(outcomes, Is.EqualTo(new[] { PublishOutcome.Published, PublishOutcome.Published, PublishOutcome.NotSubscribed }));
        Assert.That((errors.Single().Exception.Message, subscription.DeliveredCount, subscription.ErrorCount), Is.EqualTo(("one", 2L, 1L)));
        Assert.That(bus.GetStatistics().Topics.Single().Published, Is.EqualTo(2));
    }

    [Test]
    public void Nothing_is_allocated()
    {
        var bus = new EventBus();
        BusTopic<Number> topic = bus.GetTopic<Number>();
        long sum = 0;
        bus.Subscribe<Number>((in Number number, EventContext _) => sum += number.Value);
        Assert.That(Allocations.Of(() => topic.Publish(new Number(1))), Is.Zero);
        Assert.That(sum, Is.Positive);
    }

    [Test]
    public void A_stopped_bus_says_so_whoever_is_subscribed([Values(0, 1, 2)] int handlerCount)
    {
        EventBus bus = Buses.Started();
        BusTopic<Number> topic = bus.GetTopic<Number>();
        int calls = 0;
        for (int i = 0; i < handlerCount; i++)
            bus.Subscribe<Number>((in Number _, EventContext _) => calls++);
        topic.Publish(new Number(1));
        bus.StopDrained();
        PublishOutcome[] outcomes =
        [
            topic.Publish(new Number(2)),
            topic.Publish(new Number(3), new EventIds { Id = Guid.NewGuid() }),
            bus.Publish(new Number(4)),
        ];
        Assert.That(outcomes, Has.All.EqualTo(PublishOutcome.Stopped));
        Assert.That((calls, bus.GetStatistics().Topics.Single().Published), Is.EqualTo((handlerCount, handlerCount == 0 ? 0L : 1L)));
    }

    [Test]
    public void An_asynchronous_handler_publishes_below_its_event_by_a_handle_too()
    {
        EventBus bus = Buses.Started();
        BusTopic<Letter> letters = bus.GetTopic<Letter>();
        var seen = new TaskCompletionSource<(int Depth, Guid Causation)>();
        Guid id = Guid.NewGuid();
        bus.Subscribe<Letter>((in Letter _, EventContext context) => seen.SetResult((context.Depth, context.CausationId)));
        bus.Subscribe<Number>(async (_, _, _) =>
        {
            await Task.Yield();
            letters.Publish(new Letter(1));
        });
        bus.Publish(new Number(1), new EventIds { Id = id });
        Assert.That(Eventually.Result(seen.Task), Is.EqualTo((1, id)));
        bus.StopDrained();
    }

    [Test]
    public void A_handler_of_a_bus_that_is_inside_one_of_another_bus_is_below_it()
    {
        var first = new EventBus("first");
        var second = new EventBus("second");
        int depth = 0;
        second.Subscribe<Number>((in Number _, EventContext context) => depth = context.Depth);
        first.Subscribe<Number>((in Number number, EventContext _) => second.Publish(number));
        first.Publish(new Number(1));
        Assert.That(depth, Is.EqualTo(1));
    }

    [Test]
    public void A_change_of_mode_keeps_the_counts()
    {
        var options = new EventBusOptions();
        EventBus bus = Buses.Started(options);
        BusSubscription subscription = bus.Subscribe<Number>((in Number _, EventContext _) => { });
        BusTopic<Number> topic = bus.GetTopic<Number>();
        for (int i = 0; i < 3; i++)
            topic.Publish(new Number(i));
        bus.UpdateOptions(new EventBusOptions { DefaultMode = ProcessingMode.Async });
        for (int i = 0; i < 4; i++)
            topic.Publish(new Number(i));
        bus.StopDrained();
        Assert.That((bus.GetStatistics().Topics.Single().Published, subscription.DeliveredCount), Is.EqualTo((7L, 7L)));
    }

    [Test]
    public void A_filter_or_a_queue_takes_the_long_way_and_counts_the_same()
    {
        EventBus bus = Buses.Started();
        BusTopic<Number> topic = bus.GetTopic<Number>();
        BusSubscription filtered = bus.Subscribe<Number>(
            (in Number _, EventContext _) => { }, new() { Filter = EventFilter.Where(static (in Number number) => number.Value > 0) });
        topic.Publish(new Number(0));
        topic.Publish(new Number(1));
        Assert.That((bus.GetStatistics().Topics.Single().Published, filtered.DeliveredCount), Is.EqualTo((2L, 1L)));
        bus.StopDrained();
    }
}
