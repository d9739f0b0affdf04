using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class OverflowTests
{
    private readonly List<(string Type, PublishOutcome Outcome)> _overflows = [];

    [Test]
    public void Fail_refuses_the_event_and_says_so()
    {
        MessageBench bench = Full(OverflowPolicy.Fail);
        Assert.That(bench.Bus.Publish(new OrderCreated(3)), Is.EqualTo(PublishOutcome.Rejected));
        Assert.That(
            bench.Statistics, Has.Property("Accepted").EqualTo(2).And.Property("Rejected").EqualTo(1).And.Property("IsBalanced").True);
        Assert.That(_overflows, Is.EqualTo(new[] { ("order.created", PublishOutcome.Rejected) }));
        bench.Take().Ack();
        bench.Publish(1);
        Assert.That(bench.Statistics.Accepted, Is.EqualTo(3));
    }

    [Test]
    public void DropIncoming_drops_the_new_event()
    {
        MessageBench bench = Full(OverflowPolicy.DropIncoming);
        Assert.That(bench.Bus.Publish(new OrderCreated(3)), Is.EqualTo(PublishOutcome.Dropped));
        Assert.That(
            bench.Statistics,
            Has.Property("Accepted").EqualTo(3).And.Property("DroppedIncoming").EqualTo(1).And.Property("IsBalanced").True);
        Assert.That(_overflows, Is.EqualTo(new[] { ("order.created", PublishOutcome.Dropped) }));
        Assert.That((bench.Take().Sequence, bench.Take().Sequence, bench.IsEmpty), Is.EqualTo((1L, 2L, true)));
    }

    [Test]
    public void DropOldest_drops_what_would_be_handed_out_next_and_settles_it()
    {
        MessageBench bench = Full(OverflowPolicy.DropOldest);
        bench.Publish(1);
        Assert.That(
            bench.Statistics,
            Has.Property("DroppedOldest").EqualTo(1).And.Property("Checkpoint").EqualTo(1).And.Property("IsBalanced").True);
        EventMessage second = bench.Take();
        EventMessage third = bench.Take();
        Assert.That((second.Sequence, third.Sequence), Is.EqualTo((2L, 3L)));
        bench.Publish(1);
        Assert.That(
            bench.Statistics,
            Has.Property("DroppedIncoming").EqualTo(1).And.Property("IsBalanced").True, "what is in flight is not dropped");
        second.Nack();
        bench.Publish(1);
        Assert.That(
            bench.Statistics, Has.Property("DroppedOldest").EqualTo(2).And.Property("IsBalanced").True, "what waits for its redelivery is");
        Assert.That(bench.Take().Sequence, Is.EqualTo(4));
    }

    [Test]
    public void Wait_stalls_the_publisher_until_a_message_is_settled()
    {
        MessageBench bench = Full(OverflowPolicy.Wait);
        RunningThreads publisher = Threads.Start(() => bench.Bus.Publish(new OrderCreated(3)));
        EventMessage first = bench.Take();
        Eventually.IsTrue(() => publisher.AreStalled);
        Assert.That(bench.Statistics.Accepted, Is.EqualTo(2));
        first.Ack();
        publisher.Join();
        Assert.That(bench.Statistics, Has.Property("Accepted").EqualTo(3).And.Property("Rejected").Zero);
    }

    [Test]
    public void Wait_refuses_after_the_timeout_of_a_stall()
    {
        MessageBench bench = Full(OverflowPolicy.Wait, TimeSpan.FromSeconds(1));
        RunningThreads publisher = Threads.Start(() => bench.Bus.Publish(new OrderCreated(3)));
        Eventually.IsTrue(() => publisher.AreStalled);
        bench.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.That(bench.Statistics.Rejected, Is.Zero);
        // The stall may have begun after the first second.
        Eventually.IsTrue(() =>
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            return bench.Statistics.Rejected == 1;
        });
        publisher.Join();
        Assert.That(bench.Statistics, Has.Property("Accepted").EqualTo(2).And.Property("Rejected").EqualTo(1));
    }

    [Test]
    public async Task The_end_of_the_subscription_ends_a_stall()
    {
        MessageBench bench = Full(OverflowPolicy.Wait);
        RunningThreads publisher = Threads.Start(() => bench.Bus.Publish(new OrderCreated(3)));
        Eventually.IsTrue(() => publisher.AreStalled);
        await bench.Subscription.DisposeAsync();
        publisher.Join();
        Assert.That(bench.Statistics, Has.Property("Waiting").EqualTo(2).And.Property("IsBalanced").True);
    }

    [Test]
    public void Wait_refuses_in_a_handler_of_the_bus()
    {
        MessageBench bench = Full(OverflowPolicy.Wait);
        bench.Bus.Subscribe<Number>((in Number _, EventContext _) => bench.Publish(1));
        bench.Bus.Publish(new Number(1));
        Assert.That(bench.Statistics.Rejected, Is.EqualTo(1));
        Assert.That(_overflows, Is.EqualTo(new[] { ("order.created", PublishOutcome.RejectedInHandler) }));
    }

    [Test]
    public async Task Wait_refuses_in_a_handler_of_messages_also_after_it_has_waited()
    {
        MessageBench bench = Full(OverflowPolicy.Wait);
        using var source = new CancellationTokenSource();
        Task run = bench.Subscription.RunAsync(
            async (message, _) =>
            {
                await Task.Yield();
                bench.Publish(1);
            },
            cancellationToken: source.Token);
        Eventually.IsTrue(() => bench.Statistics.Rejected > 0);
        await source.CancelAsync();
        Assert.That(run.Wait(Eventually.HangGuard), Is.True);
        Assert.That(bench.Statistics.IsBalanced, Is.True);
        Assert.That(_overflows.Select(static overflow => overflow.Outcome), Is.Not.Empty.And.All.EqualTo(PublishOutcome.RejectedInHandler));
    }

    [Test]
    public void A_report_that_throws_is_an_error_of_the_subscription()
    {
        var errors = new List<BusHandlerError>();
        var bus = new EventBus("orders", new EventBusOptions { OnHandlerError = errors.Add });
        bus.SubscribeMessages("order.*", new()
        {
            Capacity = 1,
            OverflowPolicy = OverflowPolicy.Fail,
            OnOverflow = static (_, _, _) => throw new InvalidOperationException("full"),
        });
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderCreated(2));
        Assert.That(errors.Single().Exception.Message, Is.EqualTo("full"));
    }

    [Test]
    public void Stalled_publishers_and_consumers_lose_and_double_nothing()
    {
        const int PerPublisher = 20_000;
        var bench = new MessageBench(new() { Capacity = 4, OutputBuffer = 2 });
        int[] seen = new int[2 * PerPublisher];
        Threads.Run(
            () => PublishRange(0),
            () => PublishRange(PerPublisher),
            () =>
            {
                for (int i = 0; i < 2 * PerPublisher;)
                {
                    if (!bench.Subscription.TryTake(out EventMessage message))
                    {
                        Thread.Yield();
                        continue;
                    }

                    seen[MessageBench.NumberOf(message)]++;
                    message.Ack();
                    i++;
                }
            });
        Assert.That(seen, Is.All.EqualTo(1));
        Assert.That(
            bench.Statistics,
            Has.Property("Acked").EqualTo(2 * PerPublisher).And.Property("Rejected").Zero.And.Property("IsBalanced").True);

        void PublishRange(int first)
        {
            for (int i = 0; i < PerPublisher; i++)
                bench.Bus.Publish(new OrderCreated(first + i));
        }
    }

    [SetUp]
    public void Forget() => _overflows.Clear();

    private MessageBench Full(OverflowPolicy policy, TimeSpan? stallTimeout = null)
    {
        var bench = new MessageBench(new()
        {
            Capacity = 2,
            OverflowPolicy = policy,
            StallTimeout = stallTimeout ?? Timeout.InfiniteTimeSpan,
            OnOverflow = (EventDescriptor type, Guid _, PublishOutcome outcome) => _overflows.Add((type.Name, outcome)),
        });
        bench.Publish(2);
        return bench;
    }
}
