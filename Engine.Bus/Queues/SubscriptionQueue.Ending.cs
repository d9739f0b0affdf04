using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>Rest, and the end.</summary>
internal sealed partial class SubscriptionQueue
{
    /// <summary>Has incomplete batches handed over at once from now on.</summary>
    public void BeginDrain()
    {
        IsDraining = true;
        foreach (QueuePartition partition in _partitions)
            SignalAll(partition);
    }

    /// <summary>
    /// Tells asynchronous handlers to end. What they registered with their tokens, and what they do next, runs on the pool:
    /// on the calling thread it could hold up the one who ends the subscription or stops the bus, and throw at them.
    /// </summary>
    public void Cancel() => TimeLimit.Cancel(_cancellation);

    /// <summary>Takes out what is queued and counts it as discarded. The subscription has ended, or the bus gives up waiting.</summary>
    /// <returns>How many there were.</returns>
    public int DiscardQueued()
    {
        int count = 0;
        foreach (QueuePartition partition in _partitions)
            count += partition.Discard();
        Interlocked.Add(ref _discarded, count);
        // A runner may have left while an event that was taken here still counted as queued.
        SignalIfIdle();
        return count;
    }

    /// <summary>
    /// Takes no more events, from handlers either; hands none over any more; tells handlers that run to end, and counts
    /// what is queued as discarded.
    /// </summary>
    /// <returns>How many events were queued, and how many in the handler.</returns>
    public (int Queued, int InFlight) Close()
    {
        foreach (QueuePartition partition in _partitions)
            partition.Close();
        int inFlight = InFlightCount;
        Cancel();
        int queued = DiscardQueued();
        // Publishers that had claimed a place are about to fill it.
        var spinner = new SpinWait();
        while (_partitions.Any(static partition => partition.Rings.Count > 0))
        {
            spinner.SpinOnce();
            queued += DiscardQueued();
        }

        return (queued, inFlight);
    }

    /// <summary>
    /// The subscription ends: takes no more events, sends those away that wait for room, and tells handlers that run to end.
    /// </summary>
    public void End()
    {
        foreach (QueuePartition partition in _partitions)
            partition.Close();
        Cancel();
    }

    /// <summary>Waits until nothing is queued and no handler runs.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (!IsIdle)
        {
            // The field may be null again at once: somebody saw the queue idle.
            var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource waiter = Interlocked.CompareExchange(ref _idleWaiter, own, null) ?? own;
            // A runner that leaves now sees the waiter; one that left before is seen here.
            Interlocked.MemoryBarrier();
            if (IsIdle)
                return;
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Releases those who wait for it to be idle. To be called after a runner became inactive or an event was taken out (both
    /// interlocked).
    /// </summary>
    public void SignalIfIdle()
    {
        if (Volatile.Read(ref _idleWaiter) is not null && IsIdle)
            Interlocked.Exchange(ref _idleWaiter, null)?.SetResult();
    }
}
