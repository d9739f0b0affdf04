using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>How the ring changes its size.</summary>
internal sealed partial class EnvelopeRing<TEnvelope>
{
    private const int FirstSlots = 16;
    private const int GrowthFactor = 4;

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
