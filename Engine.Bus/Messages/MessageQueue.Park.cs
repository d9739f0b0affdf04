using Engine.Primitives;

namespace Engine.Bus.Messages;

/// <summary>Messages given up, and the counters.</summary>
internal sealed partial class MessageQueue
{
    private readonly List<ParkedMessage> _parked = [];
    private int _storing;
    private long _stored;
    private long _storeFailures;
    private long _discarded;

    public IReadOnlyList<ParkedMessage> GetParked()
    {
        lock (_lock)
            return [.. _parked];
    }

    public ParkedOutcome Requeue(ParkedMessage message)
    {
        lock (_lock)
        {
            int index = _parked.IndexOf(message);
            if (index < 0)
                return ParkedOutcome.NotParked;
            if (!TryReserve())
                return ParkedOutcome.QueueFull;
            _parked.RemoveAt(index);
            message.Entry.FailedAttempts = 0;
            Return(message.Entry, TimeSpan.Zero);
            return ParkedOutcome.Requeued;
        }
    }

    public ParkedOutcome Discard(ParkedMessage message)
    {
        lock (_lock)
        {
            if (!_parked.Remove(message))
                return ParkedOutcome.NotParked;
            message.Entry.State = MessageState.Done;
            _discarded++;
            return ParkedOutcome.Discarded;
        }
    }

    public MessageSubscriptionStatistics GetStatistics()
    {
        lock (_lock)
        {
            TakeOverPushed();
            long droppedIncoming = Interlocked.Read(ref _droppedIncoming.Value);
            return new MessageSubscriptionStatistics
            {
                Name = Name,
                Capacity = _options.Capacity,
                AckTime = DurationDistribution.Of([_ackTimes]),
                Accepted = _unsettled.LastSequence + droppedIncoming,
                Rejected = Interlocked.Read(ref _rejected.Value),
                Acked = _acked,
                Skipped = _skipped,
                Parked = _parked.Count,
                Stored = _stored,
                Discarded = _discarded,
                DroppedIncoming = droppedIncoming,
                DroppedOldest = _droppedOldest,
                Waiting = _fresh.Count + _redeliveries.Count + _delayed.Count,
                InFlight = _inFlight + _storing,
                Delivered = _delivered,
                Nacked = _nacked,
                Expired = _expired,
                Released = _released,
                StoreFailures = _storeFailures,
                LastSequence = _unsettled.LastSequence,
                Checkpoint = _unsettled.Checkpoint,
            };
        }
    }

    private void GiveUp(MessageEntry entry)
    {
        var parked = new ParkedMessage(Name, entry);
        if (_options.ParkedStore is not null)
        {
            entry.State = MessageState.Storing;
            _storing++;
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Queue.StoreAsync(work.Message), (Queue: this, Message: parked), preferLocal: false);
            return;
        }

        if (_parked.Count == _options.ParkedCapacity)
        {
            _parked[0].Entry.State = MessageState.Done;
            _parked.RemoveAt(0);
            _discarded++;
        }

        _parked.Add(parked);
        entry.State = MessageState.Parked;
        _unsettled.Settle(entry);
        ReleasePlace();
    }

    private async Task StoreAsync(ParkedMessage message)
    {
        bool isStored;
        try
        {
            await _options.ParkedStore!.StoreAsync(message).ConfigureAwait(false);
            isStored = true;
        }
        catch (Exception)
        {
            // Counted below; the message itself stays and will be written again.
            isStored = false;
        }

        lock (_lock)
        {
            _storing--;
            if (isStored)
            {
                _stored++;
                Finish(message.Entry);
            }
            else
            {
                _storeFailures++;
                Return(message.Entry, _options.NackDelayAfter(message.Entry.FailedAttempts));
            }
        }
    }
}
