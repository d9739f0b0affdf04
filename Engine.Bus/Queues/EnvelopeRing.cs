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
internal sealed class EnvelopeRing<TEnvelope> : IOldestDropper
    where TEnvelope : class, IEnvelope
{
    private const int FirstSlots = 16;
    private const int GrowthFactor = 4;

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
                Volatile.Write(ref _bound, value);
                if (value > _newest.Sequencer.Capacity && !_isClosed)
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

    /// <summary>Publishers that wait without a thread.</summary>
    public int WaitingCount => Volatile.Read(ref _waiting.Value);

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

    /// <summary>Publisher: claims a place. A full ring is dealt with as the policy says, and what is dropped or refused is counted.</summary>
    /// <param name="mayWait">Whether the thread may wait for room.</param>
    /// <param name="claim">The place, if it was claimed.</param>
    public ClaimOutcome Claim(bool mayWait, out EnvelopeClaim<TEnvelope> claim)
    {
        var spinner = new SpinWait();
        while (true)
        {
            EnvelopeSegment<TEnvelope> segment = Volatile.Read(ref _newest);
            BoundedSequencer sequencer = segment.Sequencer;
            int granted = sequencer.TryClaimOne(out long position);
            if (granted > 0)
            {
                claim = new EnvelopeClaim<TEnvelope>(segment, position);
                return ClaimOutcome.Claimed;
            }

            if (granted == 0 && !GrowFrom(segment))
            {
                ClaimOutcome outcome = sequencer.Claim(1, mayWait, out position, out _);
                if (outcome != ClaimOutcome.Closed)
                {
                    claim = new EnvelopeClaim<TEnvelope>(segment, position);
                    return outcome;
                }
            }

            if (IsClosed)
            {
                claim = default;
                return ClaimOutcome.Closed;
            }

            // A closed segment is about to have a next one.
            if (segment == Volatile.Read(ref _newest) && sequencer.IsClosed)
                spinner.SpinOnce();
        }
    }

    /// <summary>Publisher: claims a place as soon as there is one; holds no thread. Whatever the policy is, it waits.</summary>
    /// <returns>The place; null if the ring is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<EnvelopeClaim<TEnvelope>?> ClaimAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting.Value);
        try
        {
            while (true)
            {
                // See "Waiting" above.
                Interlocked.MemoryBarrierProcessWide();
                EnvelopeSegment<TEnvelope> segment = Volatile.Read(ref _newest);
                int granted = segment.Sequencer.TryClaimOne(out long position);
                if (granted > 0)
                    return new EnvelopeClaim<TEnvelope>(segment, position);
                if (IsClosed)
                    return null;
                // Closed (below zero): there is a new segment at once.
                if (granted == 0 && !GrowFrom(segment))
                    await _permits.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting.Value);
        }
    }

    /// <summary>Counts an event that was offered to the closed ring, or given up while it waited.</summary>
    public void CountRefused() => Volatile.Read(ref _newest).Sequencer.CountRefused(1);

    /// <summary>Somebody serves the ring from now on: publishers may wait for room.</summary>
    public void BeginConsuming()
    {
        lock (_growLock)
        {
            _hasConsumer = true;
            _newest.Sequencer.HasConsumer = true;
        }
    }

    /// <summary>Reader: takes the lease, if nobody has it.</summary>
    public bool TryAcquire() => Interlocked.CompareExchange(ref _lease.Value, 1, 0) == 0;

    /// <summary>Reader: gives the lease back.</summary>
    public void ReleaseLease() => Volatile.Write(ref _lease.Value, 0);

    /// <summary>Reader: takes envelopes out, oldest first, and leaves in their places what the array holds.</summary>
    /// <param name="envelopes">Spent envelopes or nothing; afterwards the taken ones, from the start on.</param>
    /// <param name="firstSequence">The sequence of the first one; sequences count all events accepted, dropped ones included.</param>
    /// <param name="lostBefore">Events that were dropped directly before it.</param>
    /// <returns>How many were taken.</returns>
    public int Take(Span<TEnvelope?> envelopes, out long firstSequence, out long lostBefore)
    {
        while (true)
        {
            EnvelopeSegment<TEnvelope> segment = _oldest;
            int count = segment.Sequencer.Available(envelopes.Length, out long lost);
            _unannounced += lost;
            if (count > 0)
            {
                long position = segment.Sequencer.Consumed;
                firstSequence = _sequenceBase + position + segment.Sequencer.AnnouncedIncoming;
                lostBefore = _unannounced;
                _unannounced = 0;
                for (int i = 0; i < count; i++)
                    (segment[position + i], envelopes[i]) = (envelopes[i], segment[position + i]);
                Advance(segment, count);
                return count;
            }

            if (segment.Next is null || segment.Sequencer.HasBacklog)
            {
                firstSequence = lostBefore = 0;
                return 0;
            }

            LeaveOldest();
        }
    }

    /// <summary>Gives no place any more, and sends those away that wait for one. What is queued stays, and places claimed before are still filled.</summary>
    public void Close()
    {
        lock (_growLock)
        {
            Volatile.Write(ref _isClosed, true);
            _newest.Sequencer.Close();
        }

        ReleaseWaiting(int.MaxValue);
    }

    /// <inheritdoc/>
    bool IOldestDropper.TryDropOldest()
    {
        var spinner = new SpinWait();
        while (!TryAcquire())
            spinner.SpinOnce();
        try
        {
            // Another publisher, or the reader, may have made room meanwhile; or all places are about to be filled.
            EnvelopeSegment<TEnvelope> segment = _oldest;
            while (segment.Next is { } next && !segment.Sequencer.HasBacklog)
            {
                LeaveOldest();
                segment = next;
            }

            if (Count >= Bound && segment.Sequencer.Available(1, out long lost) > 0)
            {
                _unannounced += lost + 1;
                segment[segment.Sequencer.Consumed]!.Clear();
                segment.Sequencer.Skip(1);
                AdjustNewestAfter(segment);
            }

            return true;
        }
        finally
        {
            ReleaseLease();
        }
    }

    private void Advance(EnvelopeSegment<TEnvelope> segment, int count)
    {
        segment.Sequencer.Advance(count);
        AdjustNewestAfter(segment);
        if (Volatile.Read(ref _waiting.Value) > 0)
            ReleaseWaiting(count);
    }

    private void ReleaseWaiting(int most)
    {
        // A permit too many only makes a publisher look again, but they must not pile up.
        int wanted = Math.Min(most, WaitingCount - _permits.CurrentCount);
        if (wanted > 0)
            _permits.Release(wanted);
    }

    /// <summary>Has the newest segment allow what an older one has given up.</summary>
    private void AdjustNewestAfter(EnvelopeSegment<TEnvelope> read)
    {
        if (read.Next is null)
            return;
        lock (_growLock)
            AdjustNewest();
    }

    private void AdjustNewest()
    {
        int inOlder = 0;
        for (EnvelopeSegment<TEnvelope> segment = _oldest; segment != _newest; segment = segment.Next!)
            inOlder += segment.Sequencer.Taken;
        int bound = Math.Clamp(Bound - inOlder, 0, _newest.Sequencer.Capacity);
        if (_newest.Sequencer.Bound != bound)
            _newest.Sequencer.Bound = bound;
    }

    private void LeaveOldest()
    {
        lock (_growLock)
        {
            BoundedSequencer left = _oldest.Sequencer;
            _unannounced += left.TakeTrailingLoss();
            _sequenceBase += left.Cursor + left.AnnouncedIncoming;
            _retired += left.Ledger;
            Volatile.Write(ref _oldest, _oldest.Next!);
            AdjustNewest();
        }
    }

    /// <returns>Whether there is a larger segment now.</returns>
    private bool GrowFrom(EnvelopeSegment<TEnvelope> full)
    {
        if (full.Sequencer.Capacity >= Bound)
            return false;
        lock (_growLock)
        {
            if (_newest == full && !_isClosed && full.Sequencer.Capacity < Bound)
                Grow(full);
            return true;
        }
    }

    private void Grow(EnvelopeSegment<TEnvelope> full)
    {
        full.Sequencer.Close();
        int inOlder = 0;
        for (EnvelopeSegment<TEnvelope>? segment = _oldest; segment is not null; segment = segment.Next)
            inOlder += segment.Sequencer.Taken;
        int slots = (int)Math.Min((long)full.Sequencer.Capacity * GrowthFactor, Bound);
        EnvelopeSegment<TEnvelope> next = MakeSegment(slots, inOlder);
        full.Next = next;
        Volatile.Write(ref _newest, next);
    }

    private EnvelopeSegment<TEnvelope> MakeSegment(int slots, int inOlder)
    {
        int places = BoundedSequencer.SlotsFor(slots);
        var segment = new EnvelopeSegment<TEnvelope>(slots, Math.Clamp(Bound - inOlder, 0, places), _policy, freesOnRead: true, this);
        segment.Sequencer.HasConsumer = _hasConsumer;
        return segment;
    }
}
