using Engine.Publish;

namespace Engine.Bus.Queues;

/// <summary>The subscriptions that take one publisher's event as soon as they have room. Used by that publisher only.</summary>
internal sealed class RoomWaits : PublishWait
{
    private readonly List<(BusCore Bus, IRoomWait Wait)> _waits = [];

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

    /// <inheritdoc/>
    public override void Add(BusCore bus, IRoomWait wait)
    {
        bus.BeginRoomWait();
        _waits.Add((bus, wait));
    }

    /// <summary>Waits for room in all of them at the same time. What was not taken when it is cancelled counts as rejected.</summary>
    /// <param name="outcome">What became of the event at the subscriptions that did not have to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The worst that became of it at any.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async ValueTask<PublishOutcome> CompleteAsync(PublishOutcome outcome, CancellationToken cancellationToken)
    {
        // Begun one after the other, in the order of the subscriptions, and then waited for together.
        Task<PublishOutcome>[] waits = [.. _waits.Select(wait => WaitAsync(wait.Bus, wait.Wait, cancellationToken))];
        foreach (PublishOutcome result in await Task.WhenAll(waits).ConfigureAwait(false))
            outcome = PublishSeverity.Worse(outcome, result);
        return outcome;
    }

    private static async Task<PublishOutcome> WaitAsync(BusCore bus, IRoomWait wait, CancellationToken cancellationToken)
    {
        try
        {
            return await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            bus.EndRoomWait();
        }
    }
}

/// <summary>An event that waits for room in a queue.</summary>
internal sealed class QueueRoomWait(SubscriptionQueue queue, QueuePartition partition, QueuedEvent queued) : IRoomWait
{
    public async Task<PublishOutcome> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await queue.AddWhenRoomAsync(partition, queued, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            SubscriptionQueue.GiveUp(partition, queued);
            throw;
        }
    }
}
