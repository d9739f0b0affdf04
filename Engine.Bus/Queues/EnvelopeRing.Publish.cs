using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>The side of the publishers.</summary>
internal sealed partial class EnvelopeRing<TEnvelope>
{
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
}
