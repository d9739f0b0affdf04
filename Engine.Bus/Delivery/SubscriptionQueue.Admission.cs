using Engine.Primitives;
using Engine.Publish;

namespace Engine.Bus.Delivery;

/// <summary>How publishers put events into the queues, and what happens when they are full.</summary>
internal sealed partial class SubscriptionQueue
{
    private readonly ThreadCounter _accepted = new();
    private long _rejected;
    private long _droppedIncoming;
    private long _droppedOldest;

    /// <summary>Reserves a place for an event, or applies the overflow policy and counts.</summary>
    public PublishAdmission Admit(QueueLane lane, EventContext context) =>
        lane.Queue.TryReserve() ? PublishAdmission.Reserved : AdmitWhenFull(lane, context);

    /// <summary>Queues an event in a place that was reserved.</summary>
    public void Add(QueueLane lane, QueuedEvent queued, BusThread thread)
    {
        _accepted.Increment(thread.Cells);
        lane.Add(queued);
    }

    /// <summary>Queues an event as soon as there is room.</summary>
    /// <returns>What became of it; it is rejected if the subscription or the bus ends first.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<PublishOutcome> AddWhenRoomAsync(QueueLane lane, QueuedEvent queued, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CancellationToken);
        bool isReserved;
        try
        {
            isReserved = await lane.Queue.ReserveAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            isReserved = false;
        }

        if (!isReserved)
        {
            Reject(queued);
            return RejectedOutcome;
        }

        Add(lane, queued, BusThread.Current);
        // This thread is in no handler's scope, so the end of the subscription has not waited for it.
        if (!Subscription.IsActive)
            DiscardQueued();
        return PublishOutcome.Published;
    }

    /// <summary>Counts an event that found no room and is given up.</summary>
    public void Reject(QueuedEvent queued)
    {
        Interlocked.Increment(ref _rejected);
        queued.Release(BusThread.Current);
    }

    private PublishOutcome RejectedOutcome => Bus.State == LifecycleState.Stopped ? PublishOutcome.Stopped : PublishOutcome.Rejected;

    private PublishAdmission AdmitWhenFull(QueueLane lane, EventContext context)
    {
        if (lane.Queue.IsClosed)
            return RejectIncoming(context, RejectedOutcome);
        switch (Settings.OverflowPolicy)
        {
            case OverflowPolicy.DropIncoming:
                Interlocked.Increment(ref _droppedIncoming);
                return Refuse(context, PublishOutcome.Dropped);
            case OverflowPolicy.DropOldest:
                return TryDropOldest(lane) ? PublishAdmission.Reserved : RejectIncoming(context, RejectedOutcome);
            case OverflowPolicy.Wait when context.IsFromHandler:
                return RejectIncoming(context, PublishOutcome.RejectedInHandler);
            case OverflowPolicy.Wait when Bus.State is LifecycleState.Running or LifecycleState.Stopping:
                return context.Waits is null ? WaitForRoom(lane, context) : PublishAdmission.Waits;
            default:
                return RejectIncoming(context, RejectedOutcome);
        }
    }

    private PublishAdmission WaitForRoom(QueueLane lane, EventContext context)
    {
        try
        {
            if (lane.Queue.Reserve(CancellationToken))
                return PublishAdmission.Reserved;
        }
        catch (OperationCanceledException)
        {
            // The subscription has ended.
        }

        return RejectIncoming(context, RejectedOutcome);
    }

    /// <returns>Whether there is a place now; false if the queue is closed.</returns>
    private bool TryDropOldest(QueueLane lane)
    {
        var spinner = new SpinWait();
        while (!lane.Queue.TryReserve())
        {
            if (lane.Queue.IsClosed)
            {
                SignalIfIdle();
                return false;
            }

            if (lane.Queue.TryTake(out QueuedEvent oldest))
            {
                Interlocked.Increment(ref _droppedOldest);
                oldest.Release(BusThread.Current);
            }
            else
            {
                // All places are reserved by publishers that are about to fill them.
                spinner.SpinOnce();
            }
        }

        return true;
    }

    private PublishAdmission RejectIncoming(EventContext context, PublishOutcome outcome)
    {
        Interlocked.Increment(ref _rejected);
        return Refuse(context, outcome);
    }

    private static PublishAdmission Refuse(EventContext context, PublishOutcome outcome)
    {
        context.Record(outcome);
        return PublishAdmission.Refused;
    }
}
