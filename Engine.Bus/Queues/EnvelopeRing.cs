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

    /// <summary>
    /// Publisher: claims a place. A full ring is dealt with as the policy says, and what is dropped or refused is counted.
    /// </summary>
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
                ClaimOutcome outcome = ClaimByPolicy(sequencer, mayWait, out position);
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

    private ClaimOutcome ClaimByPolicy(BoundedSequencer sequencer, bool mayWait, out long position)
    {
        if (!mayWait || sequencer.Policy != OverflowPolicy.Wait)
            return sequencer.Claim(1, mayWait, out position, out _);
        Interlocked.Increment(ref _waitingThreads);
        ClaimOutcome outcome = sequencer.Claim(1, mayWait, out position, out _);
        Interlocked.Decrement(ref _waitingThreads);
        return outcome;
    }

    /// <summary>Publisher: claims a place if there is one, whatever the policy says; counts nothing if there is none.</summary>
    public bool TryClaim(out EnvelopeClaim<TEnvelope> claim)
    {
        EnvelopeSegment<TEnvelope> segment;
        int granted;
        long position;
        do
        {
            segment = Volatile.Read(ref _newest);
            granted = segment.Sequencer.TryClaimOne(out position);
        }
        while (granted < 0 ? !IsClosed : granted == 0 && GrowFrom(segment));

        claim = new EnvelopeClaim<TEnvelope>(segment, position);
        return granted > 0;
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
        (firstSequence, lostBefore) = (0, 0);
        int taken = 0;
        while (taken < envelopes.Length)
        {
            EnvelopeSegment<TEnvelope> segment = _oldest;
            int count = segment.Sequencer.Available(envelopes.Length - taken, out long lost);
            // Stored only where something was lost: publishers load other fields of this line for each event.
            if (lost > 0)
                _unannounced += lost;
            // What was lost lies between two calls, so that it can be told between them.
            if (count > 0 && taken > 0 && _unannounced > 0)
                break;
            if (count == 0)
            {
                if (segment.Next is null || segment.Sequencer.HasBacklog)
                    break;
                LeaveOldest();
                continue;
            }

            long position = segment.Sequencer.Consumed;
            if (taken == 0)
            {
                firstSequence = _sequenceBase + position + segment.Sequencer.AnnouncedIncoming;
                if (_unannounced > 0)
                    (lostBefore, _unannounced) = (_unannounced, 0);
            }

            for (int i = 0; i < count; i++, taken++)
                (segment[position + i], envelopes[taken]) = (envelopes[taken], segment[position + i]);
            Advance(segment, count);
        }

        return taken;
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
}
