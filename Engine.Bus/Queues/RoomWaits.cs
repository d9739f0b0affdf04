using Engine.Publish;

namespace Engine.Bus.Queues;

/// <summary>What one publisher wants to queue as soon as there is room. Used by that publisher only.</summary>
internal sealed class RoomWaits : PublishWait
{
    private readonly List<(SubscriptionQueue Queue, QueuePartition Partition, QueuedEvent Queued)> _waits = [];

    [ThreadStatic]
    private static RoomWaits? t_unused;

    /// <summary>Takes the one that the calling thread keeps for publishers that turn out not to have to wait.</summary>
    public static RoomWaits Rent()
    {
        RoomWaits waits = t_unused ?? new RoomWaits();
        t_unused = null;
        return waits;
    }

    /// <summary>Gives one back that is empty.</summary>
    public void Return() => t_unused = this;

    public bool IsEmpty => _waits.Count == 0;

    /// <summary>Adds an event. A stop of the bus waits until it is queued or given up.</summary>
    public void Add(SubscriptionQueue queue, QueuePartition partition, QueuedEvent queued)
    {
        queue.Bus.BeginRoomWait();
        _waits.Add((queue, partition, queued));
    }

    /// <summary>Waits for room for each and queues it. What was not queued when it is cancelled counts as rejected.</summary>
    /// <param name="outcome">What became of the event at the subscriptions that did not have to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The worst that became of it at any.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async ValueTask<PublishOutcome> CompleteAsync(PublishOutcome outcome, CancellationToken cancellationToken)
    {
        int next = 0;
        try
        {
            for (; next < _waits.Count; next++)
            {
                (SubscriptionQueue queue, QueuePartition partition, QueuedEvent queued) = _waits[next];
                PublishOutcome result = await queue.AddWhenRoomAsync(partition, queued, cancellationToken).ConfigureAwait(false);
                queue.Bus.EndRoomWait();
                outcome = PublishSeverity.Worse(outcome, result);
            }

            return outcome;
        }
        catch (OperationCanceledException)
        {
            foreach ((SubscriptionQueue queue, QueuePartition partition, QueuedEvent queued) in _waits.Skip(next))
            {
                SubscriptionQueue.GiveUp(partition, queued);
                queue.Bus.EndRoomWait();
            }

            throw;
        }
    }
}
