using Engine.Bus.Delivery;

namespace Engine.Bus;

/// <summary>What one publisher wants to queue as soon as there is room. Used by that publisher only.</summary>
internal sealed class RoomWaits
{
    private readonly List<(SubscriptionQueue Queue, QueueLane Lane, QueuedEvent Queued)> _waits = [];

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

    public void Add(SubscriptionQueue queue, QueueLane lane, QueuedEvent queued) => _waits.Add((queue, lane, queued));

    /// <summary>Waits for room for each and queues it. What was not queued when it is cancelled counts as rejected.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < _waits.Count; i++)
        {
            (SubscriptionQueue queue, QueueLane lane, QueuedEvent queued) = _waits[i];
            try
            {
                await queue.AddWhenRoomAsync(lane, queued, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                foreach ((SubscriptionQueue other, _, QueuedEvent rest) in _waits.Skip(i))
                    other.Reject(rest);
                throw;
            }
        }
    }
}
