using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// A handler that fails on some events, notes what it is called with, and compares that with the subscription's counters.
/// </summary>
internal sealed class FaultyReceiver(int salt, int publisherCount, int perPublisher, bool isOrdered, bool hasRetry)
{
    private readonly int[] _firstCalls = new int[publisherCount * perPublisher];
    private readonly int[] _last = new int[publisherCount];
    private int _inversions;
    private long _offeredAgain;

    /// <summary>Set by threads that publish: what runs on them was called by the publisher itself.</summary>
    [field: ThreadStatic]
    public static bool IsPublisher { get; set; }

    public BusSubscription Subscription { get; set; } = null!;

    public void Handle(in OrderCreated order, EventContext context)
    {
        Note(order.Number, context.Attempt);
        if (!IsFault(order.Number, context.Attempt))
            return;
        if (IsPublisher && hasRetry)
            Interlocked.Increment(ref _offeredAgain);
        Throw(order.Number);
    }

    public async ValueTask HandleAsync(OrderCreated order, EventContext context, CancellationToken cancellationToken)
    {
        int attempt = context.Attempt;
        Note(order.Number, attempt);
        if (order.Number % 3 == 0)
            await Task.Yield();
        if (IsFault(order.Number, attempt))
            Throw(order.Number);
    }

    public async ValueTask HandleBatchAsync(EventBatch<OrderCreated> batch, CancellationToken cancellationToken)
    {
        for (int i = 0; i < batch.Count; i++)
            Note(batch.Events.Span[i].Number, batch.Attempt);
        int first = batch.Events.Span[0].Number;
        int attempt = batch.Attempt;
        if (first % 3 == 0)
            await Task.Yield();
        if (IsFault(first, attempt))
            Throw(first);
    }

    /// <summary>Compares what came with the counters of a bus at rest.</summary>
    public void Check(long published, BusSubscriptionStatistics statistics, bool isRetryConstant, string round)
    {
        string where = $"{statistics.Name}, {round}: {statistics}";
        Assert.That(_firstCalls, Has.All.LessThanOrEqualTo(1), where);
        Assert.That(_inversions, Is.Zero, where);
        long calledOnce = _firstCalls.Count(static calls => calls == 1);
        Assert.That(statistics.DeliveredCount, Is.EqualTo(calledOnce), where);
        if (statistics.Queue is not { } queue)
        {
            Assert.That(calledOnce, Is.EqualTo(published), where);
            return;
        }

        Assert.That((queue.Unaccounted(), queue.Queued, queue.InFlight, queue.Discarded), Is.EqualTo((0L, 0, 0, 0L)), where);
        long offered = Subscription.Core.CalledByPublishers.Value + queue.Accepted + queue.Rejected + queue.DroppedIncoming;
        // A change of the retry options in mid-call may decide either way whether a failed event is queued.
        if (isRetryConstant)
            Assert.That(offered, Is.EqualTo(published + Interlocked.Read(ref _offeredAgain)), where);
        else
            Assert.That(offered, Is.GreaterThanOrEqualTo(published), where);
        long lost = queue.Rejected + queue.DroppedIncoming + queue.DroppedOldest;
        Assert.That(calledOnce, Is.GreaterThanOrEqualTo(published - lost).And.LessThanOrEqualTo(published), where);
    }

    private void Note(int number, int attempt)
    {
        // A batch that is tried again has its first event again.
        if (attempt > 1)
            return;
        Interlocked.Increment(ref _firstCalls[number]);
        if (isOrdered && Interlocked.Exchange(ref _last[number / perPublisher], number) > number)
            Interlocked.Increment(ref _inversions);
    }

    private bool IsFault(int number, int attempt) => (uint)HashCode.Combine(salt, number, attempt) % 32 == 0;

    private static void Throw(int number)
    {
        if (number % 2 == 0)
            throw new OperationCanceledException("a handler's own, which is a failure like others");
        throw new InvalidOperationException("a fault");
    }
}
