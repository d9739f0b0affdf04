using System.Diagnostics.CodeAnalysis;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>
/// A queue of envelopes that are made once and used again: a ring whose slots hold objects. Any thread may publish; one at a
/// time, the holder of the lease, takes. Who takes an envelope leaves a spent one in its place, so none is allocated, copied or pooled
/// in the steady state. The bound may be any number and may move while the queue is in use.
/// <code>
/// Size       A ring begins with few slots and grows when they are full, up to the bound, by a new segment. The old one is closed
///            first, so that it is known how many events it will have had; then the new one becomes its next. Claims in the old
///            one are published, later ones find it closed and go to the next. The reader goes on to the next when the old one is
///            closed and empty. So what one publisher publishes stays in order. While an old segment has events, the bound of
///            the newest is less by their number.
///
/// Publisher  1. claim a position of the newest segment; full and not as large as the bound: grow, and again
///            2. fill the envelope that lies in the slot, or put another one there
///            3. publish the position
///
/// Reader     1. take the lease; take envelopes out, and put spent ones in
///            2. advance, which frees the slots; release a publisher that waits without a thread, if any
///            3. give the lease back
///
/// Waiting    A publisher that waits with its thread sleeps on the sequencer's space signal. One that waits without counts itself as
///            waiting and has a process-wide barrier between that and its next claim; the reader's load of that count (2) can
///            then not have got ahead of its store of what is free (StoreLoad) unseen. Without the barrier the reader could see
///            nobody waiting and the publisher no room, and it would wait for a permit that nobody gives.
/// </code>
/// </summary>
/// <typeparam name="TEnvelope">What is queued.</typeparam>
[SuppressMessage("Reliability", "CA1001", Justification = "The semaphore makes no wait handle, so there is nothing to dispose of.")]
internal sealed partial class EnvelopeRing<TEnvelope> : IOldestDropper
    where TEnvelope : class, IEnvelope
{
    private readonly Lock _growLock = new();
    private readonly SemaphoreSlim _permits = new(0);
    private EnvelopeSegment<TEnvelope> _newest;

    // The reader's: the segment it reads, and what became of the events of those before it. The lease is one for all segments.
    private EnvelopeSegment<TEnvelope> _oldest;
    private RingLedger _retired;
    private long _sequenceBase;
    private long _unannounced;
    private PaddedInt32 _lease;
    private PaddedInt32 _waiting;
    private int _waitingThreads;
    private OverflowPolicy _policy;
    private int _bound;
    private bool _isClosed;
    private bool _hasConsumer;

    /// <summary>Makes a ring.</summary>
    /// <param name="bound">Envelopes that may be in it, at least 1.</param>
    /// <param name="policy">What happens when it is full.</param>
    /// <param name="hasConsumer">Whether somebody serves it already; while not, nobody waits for room.</param>
    public EnvelopeRing(int bound, OverflowPolicy policy, bool hasConsumer)
    {
        _bound = bound;
        _policy = policy;
        _hasConsumer = hasConsumer;
        _oldest = _newest = MakeSegment(Math.Min(FirstSlots, bound), inOlder: 0);
    }

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
