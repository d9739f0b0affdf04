using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class LeaseRenewalTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    [Test]
    public async Task A_handler_slower_than_its_lease_is_not_run_beside_itself()
    {
        var bench = new MessageBench(new() { Lease = Lease, Retry = new() { MaxAttempts = 1 }, MaxLease = TimeSpan.FromMinutes(1) });
        var gate = new TaskCompletionSource();
        using var source = new CancellationTokenSource();
        int calls = 0;
        Task run = bench.Subscription.RunAsync(
            async (_, _) =>
            {
                Interlocked.Increment(ref calls);
                await gate.Task;
            },
            maxConcurrency: 2,
            source.Token);
        bench.Publish(1);
        Eventually.IsTrue(() => Volatile.Read(ref calls) == 1);
        for (int i = 0; i < 5; i++)
            bench.Time.Advance(Lease);
        Assert.That(
            bench.Statistics, Has.Property("InFlight").EqualTo(1).And.Property("Expired").Zero.And.Property("Delivered").EqualTo(1));
        gate.SetResult();
        Eventually.IsTrue(() => bench.Statistics.Acked == 1);
        await source.CancelAsync();
        await run;
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task At_the_limit_the_lease_expires([Values(25, 10)] int maxSeconds)
    {
        var bench = new MessageBench(
            new() { Lease = Lease, Retry = new() { MaxAttempts = 1 }, MaxLease = TimeSpan.FromSeconds(maxSeconds) });
        var gate = new TaskCompletionSource();
        using var source = new CancellationTokenSource();
        EventMessage handled = default;
        SettlementOutcome late = default;
        Task run = bench.Subscription.RunAsync(
            async (message, _) =>
            {
                handled = message;
                await gate.Task;
                late = message.Ack();
            },
            cancellationToken: source.Token);
        DateTimeOffset start = bench.Time.GetUtcNow();
        bench.Publish(1);
        Eventually.IsTrue(() => handled != default && bench.Statistics.Delivered == 1);
        bench.Time.Advance(TimeSpan.FromSeconds(maxSeconds - 1));
        Assert.That((bench.Statistics.Expired, handled.LeaseExpiresAt), Is.EqualTo((0L, start + TimeSpan.FromSeconds(maxSeconds))));
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(bench.Statistics, Has.Property("Expired").EqualTo(1).And.Property("Parked").EqualTo(1));
        gate.SetResult();
        await source.CancelAsync();
        await run;
        Assert.That(late, Is.EqualTo(SettlementOutcome.Stale));
    }

    [Test]
    public void A_consumer_without_a_handler_renews_its_leases_itself()
    {
        var bench = new MessageBench(new() { Lease = Lease });
        EventMessage message = bench.PublishAndTake();
        bench.Time.Advance(Lease);
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Stale));
    }

    [Test]
    public async Task Renewed_messages_need_no_timer_each()
    {
        var bench = new MessageBench(new() { Lease = Lease });
        var gate = new TaskCompletionSource();
        using var source = new CancellationTokenSource();
        Task run = bench.Subscription.RunAsync(async (_, _) => await gate.Task, maxConcurrency: 20, source.Token);
        bench.Publish(20);
        Eventually.IsTrue(() => bench.Statistics.InFlight == 20);
        bench.Time.Advance(Lease + Lease);
        Assert.That(bench.Time.PendingTimerCount, Is.EqualTo(1));
        gate.SetResult();
        Eventually.IsTrue(() => bench.Statistics.Acked == 20);
        await source.CancelAsync();
        await run;
    }
}
