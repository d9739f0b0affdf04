using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>What the handling of a message publishes is caused by the message, and loops through acknowledged topics end.</summary>
public class MessageCauseTests
{
    private const int Limit = 5;

    [Test]
    public async Task What_a_handler_publishes_follows_from_its_message_also_after_it_has_waited_and_when_it_is_redelivered()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) } });
        MessageSubscription effects = bench.Bus.SubscribeMessages<Number>();
        using var source = new CancellationTokenSource();
        EventMessage cause = default;
        Task run = bench.Subscription.RunAsync(
            async (message, _) =>
            {
                cause = message;
                bench.Bus.Publish(new Number(1));
                await Task.Yield();
                bench.Bus.Publish(new Number(2));
                if (message.Attempt == 1)
                    throw new InvalidOperationException("again");
            },
            cancellationToken: source.Token);
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid() };
        bench.Bus.Publish(new OrderCreated(1), ids);
        Eventually.IsTrue(() => bench.Statistics.Nacked == 1);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Eventually.IsTrue(() => bench.Statistics.Acked == 1);
        await source.CancelAsync();
        await run;

        for (int i = 0; i < 4; i++)
        {
            Assert.That(effects.TryTake(out EventMessage effect), Is.True);
            Assert.That((effect.CausationId, effect.CorrelationId), Is.EqualTo((ids.Id, ids.CorrelationId)));
        }

        bench.Bus.Subscribe<Number>((in Number _, EventContext context) => Assert.That(context.Depth, Is.Zero));
        Assert.That(bench.Bus.Publish(new Number(3)), Is.EqualTo(PublishOutcome.Published), "nothing is left on this thread");
    }

    [Test]
    public async Task A_handler_that_settles_early_still_publishes_as_its_own_message()
    {
        var bench = new MessageBench();
        MessageSubscription effects = bench.Bus.SubscribeMessages<Number>();
        using var source = new CancellationTokenSource();
        var causes = new List<(Guid Cause, Guid Expected)>();
        Task run = bench.Subscription.RunAsync(
            (message, _) =>
            {
                Guid id = message.Id;
                message.Ack();
                // Settled messages are used again for later ones.
                bench.Bus.Publish(new OrderCreated(-1));
                Assert.That(bench.Subscription.TryTake(out EventMessage later), Is.True);
                later.Ack();
                bench.Bus.Publish(new Number(1));
                Assert.That(effects.TryTake(out EventMessage effect), Is.True);
                causes.Add((effect.CausationId, id));
                effect.Ack();
                return default;
            },
            cancellationToken: source.Token);
        for (int i = 1; i <= 10; i++)
        {
            bench.Publish(1);
            int count = 2 * i;
            Eventually.IsTrue(() => bench.Statistics.Acked == count);
        }

        await source.CancelAsync();
        await run;
        Assert.That(
            causes,
            Has.Count.EqualTo(10).And.All.Matches<(Guid Cause, Guid Expected)>(static e => e.Cause == e.Expected && e.Cause != Guid.Empty));
    }

    [Test]
    public async Task A_loop_through_an_acknowledged_topic_ends()
    {
        var bus = new EventBus("loop", new EventBusOptions { MaxCausationDepth = Limit });
        MessageSubscription subscription = bus.SubscribeMessages<Number>(new() { Retry = new() { MaxAttempts = 1 } });
        using var source = new CancellationTokenSource();
        Task run = subscription.RunAsync(
            async (message, _) =>
            {
                await Task.Yield();
                bus.Publish(new Number(NumberOf(message) + 1));
            },
            cancellationToken: source.Token);
        bus.Publish(new Number(0));
        Eventually.IsTrue(() => subscription.GetStatistics().Parked == 1);
        await source.CancelAsync();
        await run;
        ParkedMessage last = subscription.GetParked().Single();
        Assert.That(subscription.GetStatistics().Acked, Is.EqualTo(Limit));
        Assert.That(last.Failure.Exception, Is.TypeOf<EventLoopException>().With.Message.Contains($"at most {Limit}"));
    }

    [Test]
    public void A_loop_of_a_consumer_that_passes_the_cause_on_ends_too()
    {
        var bus = new EventBus("loop", new EventBusOptions { MaxCausationDepth = Limit });
        MessageSubscription subscription = bus.SubscribeMessages<Number>();
        bus.Publish(new Number(0));
        int handled = 0;
        EventLoopException? end = null;
        while (subscription.TryTake(out EventMessage message))
        {
            EventIds caused = message.CausedIds;
            message.Ack();
            handled++;
            Assert.That(handled, Is.LessThan(100));
            try
            {
                bus.Publish(new Number(handled), caused);
            }
            catch (EventLoopException exception)
            {
                end = exception;
            }
        }

        Assert.That((handled, end?.Message), Is.EqualTo((Limit + 1, end!.Message)));
        Assert.That(end.Message, Does.Contain($"at most {Limit}").And.Contain("test.number"));
    }

    [Test]
    public void A_consumer_that_passes_the_cause_on_may_still_wait()
    {
        var bench = new MessageBench(new() { Capacity = 1, OverflowPolicy = OverflowPolicy.Wait });
        MessageSubscription numbers = bench.Bus.SubscribeMessages<Number>();
        bench.Bus.Publish(new Number(1));
        Assert.That(numbers.TryTake(out EventMessage cause), Is.True);
        bench.Publish(1);
        RunningThreads publisher = Threads.Start(() => bench.Bus.Publish(new OrderCreated(2), cause.CausedIds));
        EventMessage first = bench.Take();
        Eventually.IsTrue(() => publisher.AreStalled);
        first.Ack();
        publisher.Join();
        Assert.That(bench.Statistics, Has.Property("Accepted").EqualTo(2).And.Property("Rejected").Zero);
    }

    [Test]
    public void A_visitor_gets_the_payload_with_its_type()
    {
        var bench = new MessageBench();
        bench.Bus.Publish(new OrderShipped(4));
        EventMessage message = bench.Take();
        var visitor = new Collector();
        message.Accept(ref visitor);
        message.Park("later");
        bench.Subscription.GetParked().Single().Accept(ref visitor);
        Assert.That(
            visitor.Seen,
            Is.EqualTo(new[] { ("OrderShipped", "OrderShipped { Number = 4 }"), ("OrderShipped", "OrderShipped { Number = 4 }") }));
    }

    private static long NumberOf(EventMessage message) => message.TryGet(out Number number) ? number.Value : -1;

    private struct Collector : IEventVisitor
    {
        public List<(string Type, string Text)> Seen = [];

        public Collector()
        {
        }

        public readonly void Visit<T>(in T @event)
            where T : Engine.Events.IEvent<T> =>
            Seen.Add((typeof(T).Name, @event.ToString()!));
    }
}
