using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class SettlementTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public void An_ack_settles_the_delivery_and_moves_the_checkpoint()
    {
        var bench = new MessageBench();
        EventMessage message = bench.PublishAndTake();
        Assert.That(bench.Statistics, Has.Property("InFlight").EqualTo(1).And.Property("Checkpoint").Zero);
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Settled));
        Assert.That(bench.Statistics, Has.Property("InFlight").Zero.And.Property("Acked").EqualTo(1).And.Property("Checkpoint").EqualTo(1));
        bench.Time.Advance(Lease);
        Assert.That(bench.IsEmpty, Is.True);
    }

    [Test]
    public void A_message_has_the_ids_of_the_event_its_attempt_its_sequence_and_its_times()
    {
        var bench = new MessageBench();
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        DateTimeOffset published = bench.Time.GetUtcNow();
        bench.Bus.Publish(new OrderCreated(7, "Ada"), ids);
        bench.Time.Advance(Second);
        EventMessage message = bench.Take();
        Assert.That((message.Id, message.CorrelationId, message.CausationId), Is.EqualTo((ids.Id, ids.CorrelationId, ids.CausationId)));
        EventIds caused = message.CausedIds;
        Assert.That((caused.Id, caused.CorrelationId, caused.CausationId), Is.EqualTo((Guid.Empty, ids.CorrelationId, ids.Id)));
        Assert.That(
            (message.EventType, message.Attempt, message.Sequence, message.PublishedAt),
            Is.EqualTo((OrderCreated.Descriptor, 1, 1L, published)));
        Assert.That(message.LeaseExpiresAt, Is.EqualTo(published + Second + Lease));
        Assert.That(message.TryGet<OrderCreated>(out OrderCreated? order) ? order : null, Is.EqualTo(new OrderCreated(7, "Ada")));
        Assert.That(message.TryGet<OrderShipped>(out OrderShipped? _), Is.False);
        message.Ack();
        Assert.That(message.LeaseExpiresAt, Is.Null);
    }

    [Test]
    public void A_struct_event_is_a_copy_that_outlives_the_publishers()
    {
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages<Number>();
        var number = new Number(3, 4);
        bus.Publish(number);
        number = new Number(9, 9);
        bus.Publish(number);
        Assert.That(
            subscription.TryTake(out EventMessage message) && message.TryGet(out Number copy) ? copy : default,
            Is.EqualTo(new Number(3, 4)));
    }

    [Test]
    public void The_first_settlement_wins_and_the_second_says_so([Values] bool isAckFirst)
    {
        var bench = new MessageBench();
        EventMessage message = bench.PublishAndTake();
        Assert.That(isAckFirst ? message.Ack() : message.Nack(), Is.EqualTo(SettlementOutcome.Settled));
        MessageSubscriptionStatistics before = bench.Statistics;
        Assert.That(
            new[] { message.Ack(), message.Nack(), message.Skip(), message.Park("why"), message.Release(), message.Extend(Second) },
            Is.All.EqualTo(SettlementOutcome.AlreadySettled));
        Assert.That(bench.Statistics, Is.EqualTo(before));
    }

    [Test]
    public void An_expired_lease_is_the_next_attempt_and_makes_the_old_delivery_stale()
    {
        var bench = new MessageBench();
        EventMessage first = bench.PublishAndTake();
        bench.Time.Advance(Lease - TimeSpan.FromMilliseconds(1));
        Assert.That(bench.IsEmpty, Is.True);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(first.Ack(), Is.EqualTo(SettlementOutcome.Stale), "expired, not yet handed out again");
        EventMessage second = bench.Take();
        Assert.That((second.Attempt, second.Sequence, second.Id), Is.EqualTo((2, first.Sequence, first.Id)));
        MessageSubscriptionStatistics before = bench.Statistics;
        Assert.That(
            new[] { first.Ack(), first.Nack(), first.Skip(), first.Park("why"), first.Release(), first.Extend(Second) },
            Is.All.EqualTo(SettlementOutcome.Stale));
        Assert.That(bench.Statistics, Is.EqualTo(before));
        Assert.That((first.Attempt, first == second), Is.EqualTo((1, false)));
        Assert.That(second.Ack(), Is.EqualTo(SettlementOutcome.Settled));
        Assert.That(first.Ack(), Is.EqualTo(SettlementOutcome.Stale), "stale for ever");
    }

    [Test]
    public void A_nack_without_delay_backs_off_from_a_floor_to_a_cap()
    {
        var bench = new MessageBench(new()
        {
            Retry = new() { BaseDelay = Second, Multiplier = 3, MaxDelay = TimeSpan.FromSeconds(5), MaxAttempts = 10 },
        });
        EventMessage message = bench.PublishAndTake();
        foreach (int seconds in new[] { 1, 3, 5, 5 })
        {
            Assert.That(message.Nack(), Is.EqualTo(SettlementOutcome.Settled));
            bench.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.That(bench.IsEmpty, Is.True, $"before {seconds} s");
            bench.Time.Advance(TimeSpan.FromMilliseconds(1));
            message = bench.Take();
        }

        Assert.That(message.Attempt, Is.EqualTo(5));
    }

    [Test]
    public void A_nack_with_a_delay_keeps_to_it([Values(0, 7)] int seconds)
    {
        var bench = new MessageBench();
        bench.PublishAndTake().Nack(TimeSpan.FromSeconds(seconds));
        if (seconds > 0)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.That(bench.IsEmpty, Is.True);
            bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.That(bench.Take().Attempt, Is.EqualTo(2));
    }

    [Test]
    public void Extend_moves_the_end_of_the_lease_both_ways()
    {
        var bench = new MessageBench();
        bench.Publish(2);
        (EventMessage longer, EventMessage shorter) = (bench.Take(), bench.Take());
        Assert.That(longer.Extend(TimeSpan.FromMinutes(2)), Is.EqualTo(SettlementOutcome.Extended));
        Assert.That(shorter.Extend(Second), Is.EqualTo(SettlementOutcome.Extended));
        bench.Time.Advance(Second);
        Assert.That(shorter.Ack(), Is.EqualTo(SettlementOutcome.Stale));
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(longer.Ack(), Is.EqualTo(SettlementOutcome.Settled));
    }

    [Test]
    public void A_released_message_comes_back_with_the_same_attempt()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 1 } });
        EventMessage first = bench.PublishAndTake();
        Assert.That(first.Release(), Is.EqualTo(SettlementOutcome.Settled));
        EventMessage second = bench.Take();
        Assert.That((second.Attempt, second == first), Is.EqualTo((1, false)));
        Assert.That(first.Ack(), Is.EqualTo(SettlementOutcome.Stale));
        second.Release(Second);
        Assert.That(bench.IsEmpty, Is.True);
        bench.Time.Advance(Second);
        Assert.That(bench.Take().Attempt, Is.EqualTo(1));
        Assert.That(bench.Statistics.Released, Is.EqualTo(2));
    }

    [Test]
    public void The_checkpoint_stops_before_a_hole_and_redeliveries_never_move_it()
    {
        var bench = new MessageBench();
        bench.Publish(4);
        EventMessage[] messages = [bench.Take(), bench.Take(), bench.Take(), bench.Take()];
        messages[3].Ack();
        messages[1].Skip();
        Assert.That(bench.Statistics.Checkpoint, Is.Zero);
        messages[0].Ack();
        Assert.That(bench.Statistics.Checkpoint, Is.EqualTo(2));
        messages[2].Nack(TimeSpan.Zero);
        EventMessage again = bench.Take();
        Assert.That(bench.Statistics.Checkpoint, Is.EqualTo(2));
        again.Park("given up");
        Assert.That(bench.Statistics.Checkpoint, Is.EqualTo(4));
        bench.Subscription.Requeue(bench.Subscription.GetParked().Single());
        Assert.That(bench.Statistics, Has.Property("Checkpoint").EqualTo(4).And.Property("IsBalanced").True);
        bench.Take().Ack();
        Assert.That(
            bench.Statistics, Has.Property("Checkpoint").EqualTo(4).And.Property("Acked").EqualTo(3).And.Property("IsBalanced").True);
    }

    [Test]
    public void Redeliveries_come_before_new_messages()
    {
        var bench = new MessageBench();
        bench.Publish(3);
        bench.Take().Nack(TimeSpan.Zero);
        Assert.That(new[] { bench.Take().Sequence, bench.Take().Sequence, bench.Take().Sequence }, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void Messages_settled_in_time_do_not_touch_the_timer()
    {
        var bench = new MessageBench();
        for (int i = 0; i < 100; i++)
            bench.PublishAndTake().Ack();
        Assert.That(bench.Time.PendingTimerCount, Is.EqualTo(1));
        bench.Time.Advance(Lease + Lease);
        Assert.That(bench.Time.PendingTimerCount, Is.Zero);
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        var bench = new MessageBench();
        EventMessage message = bench.PublishAndTake();
        Assert.That(
            Thrown.By<ArgumentOutOfRangeException>(() => message.Nack(-Second)).Message,
            Does.Contain("zero or longer").And.Contain("-00:00:01"));
        Assert.That(
            Thrown.By<ArgumentOutOfRangeException>(() => message.Extend(TimeSpan.Zero)).Message,
            Does.Contain("above zero").And.Contain("lease"));
        Assert.That(
            Thrown.By<ArgumentOutOfRangeException>(() => message.Release(TimeSpan.FromDays(25))).Message,
            Does.Contain("24 days").And.Contain("delay"));
        Assert.That(() => message.Park(" "), Throws.ArgumentException);
        Assert.That(() => message.Nack((Exception)null!), Throws.ArgumentNullException);
        Assert.That(Thrown.By<InvalidOperationException>(() => default(EventMessage).Ack()).Message, Does.Contain("default value"));
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Settled), "bad arguments settle nothing");
    }
}
