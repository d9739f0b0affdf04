using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>What becomes of events that find no room at once.</summary>
internal sealed partial class SubscriptionQueue
{
    /// <summary>What a publisher is told of an event that found no place.</summary>
    public PublishOutcome OutcomeOf(EnvelopeRing<QueuedEvent> ring, ClaimOutcome outcome, EventContext context)
    {
        if (outcome == ClaimOutcome.Dropped)
            return PublishOutcome.Dropped;
        if (outcome == ClaimOutcome.Closed)
        {
            ring.CountRefused();
            // One who takes events out of a closed queue may have seen this one coming.
            SignalIfIdle();
            return ClosedOutcome;
        }

        return Settings.OverflowPolicy == OverflowPolicy.Wait && context.IsFromHandler
            ? PublishOutcome.RejectedInHandler
            : PublishOutcome.Rejected;
    }

    /// <summary>Counts an event as refused whose key could not be told.</summary>
    public PublishOutcome OutcomeWithoutKey()
    {
        _partitions[0].Rings.Normal.CountRefused();
        return PublishOutcome.Rejected;
    }

    /// <summary>Queues an event as soon as there is room.</summary>
    /// <returns>What became of it; it is rejected if the subscription or the bus ends first.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<PublishOutcome> AddWhenRoomAsync(QueuePartition partition, QueuedEvent queued, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CancellationToken);
        EnvelopeClaim<QueuedEvent>? claim = null;
        try
        {
            claim = await partition.Rings.Of(queued.Priority).ClaimAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The subscription has ended.
        }

        if (claim is not { } place)
        {
            GiveUp(partition, queued);
            return ClosedOutcome;
        }

        Put(place, queued);
        partition.Signal();
        // This thread is in no handler's scope, so the end of the subscription has not waited for it.
        if (!Subscription.IsActive)
            DiscardQueued();
        return PublishOutcome.Published;
    }

    /// <summary>Counts an event that found no room and is given up.</summary>
    public static void GiveUp(QueuePartition partition, QueuedEvent queued)
    {
        partition.Rings.Of(queued.Priority).CountRefused();
        queued.Clear();
        queued.Retire();
    }

    private PublishOutcome ClosedOutcome => Bus.State == LifecycleState.Stopped ? PublishOutcome.Stopped : PublishOutcome.Rejected;

    private static void Put(EnvelopeClaim<QueuedEvent> place, QueuedEvent queued)
    {
        place.Slot?.Retire();
        place.Slot = queued;
        place.Publish();
    }
}
