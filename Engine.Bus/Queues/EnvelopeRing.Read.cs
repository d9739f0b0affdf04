using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>The side of the reader, who holds the lease.</summary>
internal sealed partial class EnvelopeRing<TEnvelope>
{
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
