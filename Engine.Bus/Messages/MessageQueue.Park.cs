using Engine.Primitives;
using Engine.Ring;

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
        using (EnterLock())
            return [.. _parked];
    }

    public ParkedOutcome Requeue(ParkedMessage message)
    {
        using (EnterLock())
        {
            int index = _parked.IndexOf(message);
            if (index < 0)
                return ParkedOutcome.NotParked;
            if (_isClosed || !_sequencer.TryRetakePlace())
                return ParkedOutcome.QueueFull;
            _parked.RemoveAt(index);
            message.Entry.FailedAttempts = 0;
            message.Entry.QuickReturns = 0;
            message.Entry.State = MessageState.Waiting;
            // At once: this is no consumer's doing.
            if (_keys is null || _keys.TryEnter(message.Entry))
                _redeliveries.Enqueue(message.Entry);
            WakeNext();
            return ParkedOutcome.Requeued;
        }
    }

    public ParkedOutcome Discard(ParkedMessage message)
    {
        using (EnterLock())
        {
            if (!_parked.Remove(message))
                return ParkedOutcome.NotParked;
            Forget(message);
            return ParkedOutcome.Discarded;
        }
    }

    public MessageSubscriptionStatistics GetStatistics()
    {
        using (EnterLock())
        {
            RingLedger ledger = _sequencer.Ledger;
            return new MessageSubscriptionStatistics
            {
                Name = Name,
                Capacity = _options.Capacity,
                AckTime = DurationDistribution.Of([_ackTimes]),
                Accepted = ledger.Published,
                Rejected = ledger.Rejected,
                Acked = _acked,
                Skipped = _skipped,
                Parked = _parked.Count,
                Stored = _stored,
                Discarded = _discarded,
                DroppedIncoming = ledger.DroppedIncoming,
                DroppedOldest = ledger.DroppedOldest,
                Waiting = ledger.Buffered + WaitingCount,
                InFlight = _inFlight + _storing,
                Delivered = _delivered,
                Nacked = _nacked,
                Expired = _expired,
                Released = _released,
                StoreFailures = _storeFailures,
                LastSequence = ledger.Published - ledger.DroppedIncoming,
                Checkpoint = Math.Min(_unsettled.Oldest - 1, _sequencer.Consumed),
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
            ThreadPool.UnsafeQueueUserWorkItem(
                static work => _ = work.Queue.StoreAsync(work.Message), (Queue: this, Message: parked), preferLocal: false);
            return;
        }

        if (_parked.Count == _options.ParkedCapacity)
        {
            Forget(_parked[0]);
            _parked.RemoveAt(0);
        }

        _parked.Add(parked);
        entry.State = MessageState.Parked;
        _unsettled.Settle(entry);
        if (_watchers is not null)
            TellWatchers(entry, MessageEnd.Parked);
        FreePlace(entry);
    }

    private void Forget(ParkedMessage message)
    {
        // Not used again: whoever has the parked message may still read it.
        message.Entry.State = MessageState.Done;
        message.Entry.BeginReuse();
        _discarded++;
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

        using (EnterLock())
        {
            _storing--;
            if (isStored)
            {
                _stored++;
                Finish(message.Entry, MessageEnd.Parked);
            }
            else
            {
                _storeFailures++;
                Return(message.Entry, _options.NackDelayAfter(message.Entry.FailedAttempts));
            }
        }
    }
}
