using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>A message's memory is used again after it was settled; no handle notices more than that the payload is gone.</summary>
public class MessageReuseTests
{
    private const int More = 100;

    [Test]
    public void An_old_handle_of_a_settled_message_says_so_and_shows_no_other_message([Values] bool isReused)
    {
        var bench = new MessageBench();
        EventMessage old = bench.PublishAndTake();
        old.Ack();
        EventMessage later = isReused ? bench.PublishAndTake() : default;
        AssertGone(old);
        Assert.That(
            new[] { old.Ack(), old.Nack(), old.Skip(), old.Park("why"), old.Release(), old.Extend(TimeSpan.FromSeconds(1)) },
            Is.All.EqualTo(SettlementOutcome.AlreadySettled));
        Assert.That(
            (old.Sequence, old.Attempt, old.EventType, old.LeaseExpiresAt),
            Is.EqualTo((1L, 1, OrderCreated.Descriptor, (DateTimeOffset?)null)));
        Assert.That((old.ToString(), old.TryGet<OrderShipped>(out _)), Is.EqualTo(("order.created #1, attempt 1", false)));
        if (isReused)
            Assert.That((later == old, later.Sequence, later.Ack()), Is.EqualTo((false, 2L, SettlementOutcome.Settled)));
    }

    [Test]
    public void A_stale_handle_stays_stale_whatever_comes_later()
    {
        var bench = new MessageBench();
        EventMessage stale = bench.PublishAndTake();
        stale.Release();
        EventMessage second = bench.Take();
        Assert.That(MessageBench.NumberOf(stale), Is.EqualTo(1), "the message lives on");
        second.Ack();
        PassMore(bench);
        Assert.That((stale.Ack(), second.Ack()), Is.EqualTo((SettlementOutcome.Stale, SettlementOutcome.AlreadySettled)));
        AssertGone(stale);
        AssertGone(second);
    }

    [Test]
    public void A_parked_message_keeps_its_payload_also_after_it_is_discarded_and_handles_do_not()
    {
        var bench = new MessageBench();
        EventMessage message = bench.PublishAndTake();
        Guid id = message.Id;
        message.Park("poison");
        PassMore(bench);
        Assert.That(message.Id, Is.EqualTo(id), "parked is not settled for good");
        ParkedMessage parked = bench.Subscription.GetParked().Single();
        bench.Subscription.Discard(parked);
        PassMore(bench);
        Assert.That((parked.Id, parked.Sequence), Is.EqualTo((id, 1L)));
        Assert.That(parked.TryGet<OrderCreated>(out OrderCreated? order) ? order.Number : -1, Is.EqualTo(1));
        AssertGone(message);
    }

    [Test]
    public void A_message_that_was_given_back_and_dropped_is_remembered_as_given_back()
    {
        var bench = new MessageBench(new() { Capacity = 1, OverflowPolicy = OverflowPolicy.DropOldest });
        EventMessage message = bench.PublishAndTake();
        message.Nack();
        bench.Publish(1);
        Assert.That(bench.Statistics.DroppedOldest, Is.EqualTo(1));
        bench.Take().Ack();
        PassMore(bench);
        Assert.That((message.Ack(), message.IsReturned), Is.EqualTo((SettlementOutcome.AlreadySettled, true)));
        AssertGone(message);
    }

    [Test]
    public void Messages_published_and_settled_allocate_nothing([Values] bool isBurst)
    {
        var bench = new MessageBench();
        var event1 = new OrderCreated(1);
        Assert.That(Allocations.Of(Run), Is.Zero);

        void Run()
        {
            for (int i = 0; i < (isBurst ? 50 : 1); i++)
                bench.Bus.Publish(event1);
            while (bench.Subscription.TryTake(out EventMessage message))
                message.Ack();
        }
    }

    [Test]
    public void Types_that_alternate_allocate_nothing_and_keep_their_payloads()
    {
        var bench = new MessageBench();
        (OrderCreated created, OrderShipped shipped) = (new OrderCreated(1), new OrderShipped(2));
        Assert.That(Allocations.Of(Run), Is.Zero);

        void Run()
        {
            bench.Bus.Publish(created);
            bench.Bus.Publish(shipped);
            bench.Subscription.TryTake(out EventMessage first);
            bench.Subscription.TryTake(out EventMessage second);
            if (!first.TryGet<OrderCreated>(out OrderCreated? a) || a != created
                || !second.TryGet<OrderShipped>(out OrderShipped? b) || b != shipped)
                throw new InvalidOperationException("The payloads were mixed up.");
            first.Ack();
            second.Skip();
        }
    }

    [Test]
    public void A_settled_message_keeps_its_payload_from_nobody()
    {
        var bench = new MessageBench();
        WeakReference payload = PublishAndAck(bench);
        GC.Collect();
        Assert.That(payload.IsAlive, Is.False);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference PublishAndAck(MessageBench bench)
        {
            var order = new OrderCreated(1);
            bench.Bus.Publish(order);
            bench.Take().Ack();
            return new WeakReference(order);
        }
    }

    private static void PassMore(MessageBench bench)
    {
        for (int i = 0; i < More; i++)
            bench.PublishAndTake().Ack();
    }

    private static void AssertGone(EventMessage message)
    {
        var visitor = new Nobody();
        Action[] reads =
        [
            () => _ = message.Id,
            () => _ = message.CausedIds,
            () => message.TryGet<OrderCreated>(out _),
            () => message.Accept(ref visitor),
        ];
        foreach (Action read in reads)
            Assert.That(Thrown.By<InvalidOperationException>(read).Message, Does.Contain($"#{message.Sequence}").And.Contain("settled"));
    }

    private struct Nobody : Engine.Bus.IEventVisitor
    {
        public readonly void Visit<T>(in T @event)
            where T : Engine.Events.IEvent<T> =>
            throw new NotSupportedException("There is nothing to visit.");
    }
}
