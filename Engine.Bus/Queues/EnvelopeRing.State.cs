using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>What a ring allows, what is in it, and its end.</summary>
internal sealed partial class EnvelopeRing<TEnvelope>
{
    /// <summary>Envelopes there may be. A smaller value lets no new ones in until enough are taken.</summary>
    public int Bound
    {
        get => Volatile.Read(ref _bound);
        set
        {
            lock (_growLock)
            {
                // Where the slots were fewer than the bound nobody waits for it: the ring grows when they are full.
                bool mayBeWaitedFor = _bound <= _newest.Sequencer.Capacity;
                Volatile.Write(ref _bound, value);
                if (mayBeWaitedFor && value > _newest.Sequencer.Capacity && !_isClosed)
                    Grow(_newest);
                else
                    AdjustNewest();
            }

            ReleaseWaiting(int.MaxValue);
        }
    }

    /// <summary>What happens when it is full.</summary>
    public OverflowPolicy Policy
    {
        get => _policy;
        set
        {
            lock (_growLock)
            {
                _policy = value;
                _newest.Sequencer.ChangePolicy(value);
            }
        }
    }

    /// <summary>Envelopes in the ring, those included that are about to be published.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            for (EnvelopeSegment<TEnvelope>? segment = Volatile.Read(ref _oldest); segment is not null; segment = segment.Next)
                count += segment.Sequencer.Taken;
            return count;
        }
    }

    /// <summary>Envelopes that were published, or are about to be.</summary>
    public long AcceptedCount
    {
        get
        {
            lock (_growLock)
            {
                long count = _retired.Published - _retired.DroppedIncoming;
                for (EnvelopeSegment<TEnvelope>? segment = _oldest; segment is not null; segment = segment.Next)
                    count += segment.Sequencer.Cursor;
                return count;
            }
        }
    }

    /// <summary>Whether one can be taken.</summary>
    public bool HasReadable
    {
        get
        {
            for (EnvelopeSegment<TEnvelope>? segment = Volatile.Read(ref _oldest); segment is not null; segment = segment.Next)
            {
                if (segment.Sequencer.HasReadable)
                    return true;
                // What is claimed there comes before what the next one has.
                if (segment.Sequencer.HasBacklog)
                    return false;
            }

            return false;
        }
    }

    /// <summary>Whether no place is given any more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Publishers that wait for room.</summary>
    public int WaitingCount => WithoutThread + Volatile.Read(ref _waitingThreads);

    private int WithoutThread => Volatile.Read(ref _waiting.Value);

    /// <summary>What became of all events; exact at rest.</summary>
    public RingLedger Ledger
    {
        get
        {
            lock (_growLock)
            {
                RingLedger sum = _retired;
                for (EnvelopeSegment<TEnvelope>? segment = _oldest; segment is not null; segment = segment.Next)
                    sum += segment.Sequencer.Ledger;
                return sum;
            }
        }
    }

    /// <summary>Somebody serves the ring from now on: publishers may wait for room.</summary>
    public void BeginConsuming()
    {
        lock (_growLock)
        {
            _hasConsumer = true;
            _newest.Sequencer.HasConsumer = true;
        }
    }

    /// <summary>
    /// Gives no place any more, and sends those away that wait for one. What is queued stays, and places claimed before are
    /// still filled.
    /// </summary>
    public void Close()
    {
        lock (_growLock)
        {
            Volatile.Write(ref _isClosed, true);
            _newest.Sequencer.Close();
        }

        ReleaseWaiting(int.MaxValue);
    }

    private void ReleaseWaiting(int most)
    {
        // A permit too many only makes a publisher look again, but they must not pile up.
        int wanted = Math.Min(most, WithoutThread - _permits.CurrentCount);
        if (wanted > 0)
            _permits.Release(wanted);
    }
}
