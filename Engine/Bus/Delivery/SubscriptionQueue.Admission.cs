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
        _accepted.Increment(thread);
        lane.Add(queued);
    }

    /// <summary>Queues an event as soon as there is room.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first, or the subscription ended.</exception>
    public async Task AddWhenRoomAsync(QueueLane lane, QueuedEvent queued, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CancellationToken);
        try
        {
            await lane.Queue.ReserveAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The subscription has ended: that is nothing to tell the publisher.
            Reject(queued);
            return;
        }

        Add(lane, queued, BusThread.Current);
        if (!Subscription.IsActive)
            DiscardQueued();
    }

    /// <summary>Counts an event that found no room and is given up.</summary>
    public void Reject(QueuedEvent queued)
    {
        Interlocked.Increment(ref _rejected);
        queued.Release(BusThread.Current);
    }

    private PublishAdmission AdmitWhenFull(QueueLane lane, EventContext context)
    {
        switch (Settings.OverflowPolicy)
        {
            case OverflowPolicy.DropIncoming:
                Interlocked.Increment(ref _droppedIncoming);
                return Refuse(context, PublishOutcome.Dropped);
            case OverflowPolicy.DropOldest:
                DropOldest(lane);
                return PublishAdmission.Reserved;
            case OverflowPolicy.Wait when context.Depth > 0:
                Interlocked.Increment(ref _rejected);
                return Refuse(context, PublishOutcome.RejectedInHandler);
            case OverflowPolicy.Wait when Bus.State is BusState.Running or BusState.Stopping:
                return context.Waits is null ? WaitForRoom(lane, context) : PublishAdmission.Waits;
            default:
                Interlocked.Increment(ref _rejected);
                return Refuse(context, Bus.State == BusState.Stopped ? PublishOutcome.Stopped : PublishOutcome.Rejected);
        }
    }

    private PublishAdmission WaitForRoom(QueueLane lane, EventContext context)
    {
        try
        {
            lane.Queue.Reserve(CancellationToken);
            return PublishAdmission.Reserved;
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _rejected);
            return Refuse(context, PublishOutcome.Rejected);
        }
    }

    private void DropOldest(QueueLane lane)
    {
        var spinner = new SpinWait();
        while (!lane.Queue.TryReserve())
        {
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
    }

    private static PublishAdmission Refuse(EventContext context, PublishOutcome outcome)
    {
        if (outcome > context.Outcome)
            context.Outcome = outcome;
        return PublishAdmission.Refused;
    }
}
