using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// Handlers that throw, hang past their lease, cancel and settle by themselves, and consumers that come and go, while
/// two publishers press on a small queue: each message is settled once, none is lost and none is stuck.
/// </summary>
[Category("Stress")]
public class MessageFaultStress
{
    private const int PerPublisher = 3_000;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly int[] _settled = new int[2 * PerPublisher];
    private int _parkedByHandler;

    [Test]
    public void Random_faults_lose_double_and_block_nothing([Values(1, 2)] int seed)
    {
        Array.Clear(_settled);
        _parkedByHandler = 0;
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages<Number>(new()
        {
            TimeProvider = _time,
            Capacity = 64,
            OutputBuffer = 8,
            Lease = Lease,
            MaxLease = 1.5 * Lease,
            Retry = new() { MaxAttempts = 4 },
            ParkedCapacity = 2 * PerPublisher,
            OverflowPolicy = OverflowPolicy.Wait,
        });
        RunningThreads publishers = Threads.Start(
            () => Publish(bus, 0),
            () => Publish(bus, PerPublisher));
        using var stop = new CancellationTokenSource();
        Task[] consumers = [
            .. Enumerable.Range(0, 4).Select(i => Task.Run(() => ComeAndGo(subscription, new Random((seed * 10) + i), stop.Token)))];
        Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return subscription.GetStatistics() is { Accepted: 2 * PerPublisher, Waiting: 0, InFlight: 0 };
        });
        publishers.Join();
        stop.Cancel();
        // A handler that hangs sleeps by the test's clock.
        Eventually.IsTrue(() =>
        {
            _time.Advance(Lease);
            return Task.WhenAll(consumers).IsCompleted;
        });

        MessageSubscriptionStatistics end = subscription.GetStatistics();
        foreach (ParkedMessage parked in subscription.GetParked())
            _settled[parked.TryGet(out Number number) ? number.Value : -1]++;
        Assert.That(consumers, Has.All.Property(nameof(Task.IsCompletedSuccessfully)).True);
        Assert.That((end.IsBalanced, end.Rejected, end.Dropped, end.Discarded), Is.EqualTo((true, 0L, 0L, 0L)));
        Assert.That((end.Acked + end.Skipped + end.Parked, end.Checkpoint), Is.EqualTo((2L * PerPublisher, 2L * PerPublisher)));
        Assert.That(_settled, Is.All.EqualTo(1));
        Assert.That(end.Delivered,
            Is.EqualTo(end.Acked + end.Skipped + end.Nacked + end.Expired + end.Released + Volatile.Read(ref _parkedByHandler)));
        Assert.That(new[] { end.Acked, end.Skipped, end.Parked, end.Nacked, end.Expired, end.Released }, Is.All.Positive,
            "each fault must have happened");
    }

    private static void Publish(EventBus bus, int first)
    {
        for (int i = 0; i < PerPublisher; i++)
            bus.Publish(new Number(first + i));
    }

    private async Task ComeAndGo(MessageSubscription subscription, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            int handled = 0;
            int life = random.Next(1, 200);
            using var leave = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await subscription.RunAsync(
                async (message, token) =>
                {
                    if (++handled == life)
                        await leave.CancelAsync();
                    await Handle(message, random.Next(100), token);
                },
                maxConcurrency: 1,
                leave.Token);
        }
    }

    private async ValueTask Handle(EventMessage message, int dice, CancellationToken token)
    {
        int index = message.TryGet(out Number number) ? (int)number.Value : -1;
        switch (dice)
        {
            case < 5:
                throw new InvalidOperationException("fault");
            case < 8:
                throw new OperationCanceledException("of something else");
            case < 10:
                await Task.Delay(Lease + Lease, _time, CancellationToken.None);
                break;
            case < 12:
                token.ThrowIfCancellationRequested();
                message.Release();
                return;
            case < 14 when message.Park("poison") == SettlementOutcome.Settled:
                Interlocked.Increment(ref _parkedByHandler);
                return;
            case < 20:
                await Task.Yield();
                Note(index, message.Skip());
                return;
            case < 30:
                message.Extend(Lease);
                break;
        }

        token.ThrowIfCancellationRequested();
        Note(index, message.Ack());
    }

    private void Note(int index, SettlementOutcome outcome)
    {
        if (outcome == SettlementOutcome.Settled)
            Interlocked.Increment(ref _settled[index]);
    }
}
