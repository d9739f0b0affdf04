using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class ParkingTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [Test]
    public void After_the_last_attempt_a_message_is_parked_with_the_last_error()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 3 }, Name = "stock" });
        DateTimeOffset start = bench.Time.GetUtcNow();
        EventMessage message = bench.PublishAndTake();
        message.Nack(new InvalidOperationException("first"), TimeSpan.Zero);
        bench.Take();
        bench.Time.Advance(Lease);
        var last = new InvalidOperationException("no stock");
        bench.Take().Nack(last);
        ParkedMessage parked = bench.Subscription.GetParked().Single();
        Assert.That((parked.Subscription, parked.Id, parked.Sequence, parked.Attempts), Is.EqualTo(("stock", message.Id, 1L, 3)));
        Assert.That(parked.Failure, Is.EqualTo(new MessageFailure("no stock", last, start, start + Lease)));
        Assert.That(parked.TryGet<OrderCreated>(out OrderCreated? order) ? order.Number : 0, Is.EqualTo(1));
        Assert.That(
            bench.Statistics, Has.Property("Parked").EqualTo(1).And.Property("Nacked").EqualTo(2).And.Property("Expired").EqualTo(1));
        Assert.That((bench.IsEmpty, bench.Statistics.IsBalanced), Is.EqualTo((true, true)));
    }

    [Test]
    public void An_expired_last_attempt_is_parked_too()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 1 } });
        EventMessage message = bench.PublishAndTake();
        bench.Time.Advance(Lease);
        Assert.That(bench.Subscription.GetParked().Single().Failure.Reason, Does.Contain("lease expired"));
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Stale));
    }

    [Test]
    public void A_requeued_message_keeps_its_id_and_gets_all_its_attempts_again()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 2 } });
        EventMessage first = bench.PublishAndTake();
        first.Park("later");
        ParkedMessage parked = bench.Subscription.GetParked().Single();
        Assert.That(bench.Subscription.Requeue(parked), Is.EqualTo(ParkedOutcome.Requeued));
        Assert.That(bench.Subscription.Requeue(parked), Is.EqualTo(ParkedOutcome.NotParked));
        EventMessage again = bench.Take();
        Assert.That((again.Id, again.Sequence, again.Attempt), Is.EqualTo((first.Id, 1L, 1)));
        again.Nack(TimeSpan.Zero);
        Assert.That(bench.Take().Attempt, Is.EqualTo(2));
        Assert.That(bench.Subscription.Discard(parked), Is.EqualTo(ParkedOutcome.NotParked));
    }

    [Test]
    public void A_discarded_message_is_gone_and_counted()
    {
        var bench = new MessageBench();
        bench.PublishAndTake().Park("poison");
        Assert.That(bench.Subscription.Discard(bench.Subscription.GetParked().Single()), Is.EqualTo(ParkedOutcome.Discarded));
        Assert.That(bench.Statistics, Has.Property("Parked").Zero.And.Property("Discarded").EqualTo(1).And.Property("IsBalanced").True);
    }

    [Test]
    public void Parked_messages_are_bounded_and_the_oldest_gives_way()
    {
        var bench = new MessageBench(new() { ParkedCapacity = 2 });
        bench.Publish(3);
        for (int i = 0; i < 3; i++)
            bench.Take().Park("poison");
        Assert.That(bench.Subscription.GetParked().Select(static parked => parked.Sequence), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(
            bench.Statistics, Has.Property("Parked").EqualTo(2).And.Property("Discarded").EqualTo(1).And.Property("IsBalanced").True);
    }

    [Test]
    public void A_full_queue_takes_no_parked_message_back()
    {
        var bench = new MessageBench(new() { Capacity = 1 });
        bench.PublishAndTake().Park("later");
        bench.Publish(1);
        ParkedMessage parked = bench.Subscription.GetParked().Single();
        Assert.That(bench.Subscription.Requeue(parked), Is.EqualTo(ParkedOutcome.QueueFull));
        bench.Take().Ack();
        Assert.That(bench.Subscription.Requeue(parked), Is.EqualTo(ParkedOutcome.Requeued));
    }

    [Test]
    public void A_message_is_settled_only_after_the_store_has_written_it()
    {
        var store = new Store();
        var bench = new MessageBench(new() { ParkedStore = store });
        bench.PublishAndTake().Park("poison");
        Eventually.IsTrue(() => store.Writes == 1);
        Assert.That(bench.Statistics, Has.Property("InFlight").EqualTo(1).And.Property("Checkpoint").Zero.And.Property("IsBalanced").True);
        store.End(null);
        Eventually.IsTrue(() => bench.Statistics.Stored == 1);
        Assert.That(bench.Statistics, Has.Property("InFlight").Zero.And.Property("Checkpoint").EqualTo(1).And.Property("IsBalanced").True);
        Assert.That(bench.Subscription.GetParked(), Is.Empty);
    }

    [Test]
    public void A_message_that_the_store_cannot_write_stays_and_is_written_again_when_it_fails_again()
    {
        var store = new Store();
        var bench = new MessageBench(new() { ParkedStore = store, Retry = new() { MaxAttempts = 1, BaseDelay = TimeSpan.FromSeconds(1) } });
        bench.PublishAndTake().Nack();
        Eventually.IsTrue(() => store.Writes == 1);
        store.End(new IOException("disk full"));
        Eventually.IsTrue(() => bench.Statistics.StoreFailures == 1);
        Assert.That(bench.Statistics, Has.Property("Waiting").EqualTo(1).And.Property("IsBalanced").True);
        Assert.That(bench.IsEmpty, Is.True, "not at once");
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Take().Nack();
        Eventually.IsTrue(() => store.Writes == 2);
        store.End(null);
        Eventually.IsTrue(() => bench.Statistics.Stored == 1);
        Assert.That(bench.Statistics, Has.Property("Waiting").Zero.And.Property("IsBalanced").True);
    }

    private sealed class Store : IParkedMessageStore
    {
        private TaskCompletionSource _write = new();
        private int _writes;

        public int Writes => Volatile.Read(ref _writes);

        public ValueTask StoreAsync(ParkedMessage message)
        {
            _write = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Increment(ref _writes);
            return new ValueTask(_write.Task);
        }

        public void End(Exception? error)
        {
            if (error is null)
                _write.SetResult();
            else
                _write.SetException(error);
        }
    }
}
