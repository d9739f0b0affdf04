using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// The sequencer of a ring with any number of producers.
/// <code>
/// State of   0                never used
/// a slot     2p + 1           the event of position p is being written          (DropOldest only)
///            2p + 2           the event of position p is published
///
/// Producer   1. claim positions: compare-and-swap of Claimed; its bit 62 says that the ring is closed
///            2. DropOldest: wait until the writer one lap behind has finished the slot, then store 2p + 1, write barrier
///            3. write the slot
///            4. store-release its state 2p + 2
///            5. load the work signal; raised: wake the sleeper
///
/// Consumer   1. load-acquire the states from Consumed on, as long as each is 2p + 2
///            2. read the slots in place (DropOldest: copy them, then look at the states again)
///            3. store-release Consumed; wake a producer that waits for room
///
/// Order      The release in 4 keeps the slot's bytes before its state; partner: the acquire in 1. The write barrier
///            in producer step 2 keeps the mark before the bytes; partner: the read barrier in CountOverwritten. Without
///            the pair a copy could mix two events and its state still look right. The compare-and-swap of 1 is a full
///            fence, and the acquire of Consumed before it keeps slots from being written before they are free.
///            The StoreLoad hazard between 4 and 5 is the sleeper's to stop, see <see cref="WakeSignal"/>.
///
/// Progress   A producer that is interrupted between 1 and 4 delays the events claimed after its own, as in every ring
///            with claims; it delays no other producer, except one that has lapped the whole ring.
///
/// Close      Setting the bit in Claimed is the end of claims; what is claimed before gets published, and the
///            consumer waits for it.
/// </code>
/// The model of overwriting is <c>docs/design/models/overwrite_shared.pml</c>.
/// </summary>
internal unsafe class MultiProducerSequencer : Sequencer
{
    private protected const long ClosedBit = 1L << 62;

    private readonly AlignedMemory<long> _stateMemory;
    private readonly long* _states;
    private readonly long[]? _lostBefore;
    private readonly long _mask;

    // Written by every producer that claims.
    private protected PaddedInt64 Claimed;

    // Written by producers that find the ring full.
    private PaddedInt64 _openLoss;
    private long _droppedIncoming;
    private long _rejected;
    private long _stalls;
    private long _stallTicks;

    /// <summary>Creates the sequencer.</summary>
    /// <param name="capacity">Slots of the ring, a power of two of at least 2.</param>
    /// <param name="policy">What happens when the ring is full.</param>
    /// <param name="workSignal">The signal its consumer sleeps on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not such a number.</exception>
    public MultiProducerSequencer(int capacity, OverflowPolicy policy, WakeSignal workSignal)
        : this(capacity, policy, workSignal, keepsGaps: policy == OverflowPolicy.DropIncoming)
    {
    }

    /// <summary>Creates the sequencer; with gaps kept, the policy may become <c>DropIncoming</c> later.</summary>
    private protected MultiProducerSequencer(int capacity, OverflowPolicy policy, WakeSignal workSignal, bool keepsGaps)
        : base(capacity, policy, workSignal)
    {
        _stateMemory = new AlignedMemory<long>(capacity);
        _states = _stateMemory.Pointer;
        _mask = capacity - 1;
        _lostBefore = keepsGaps ? new long[capacity] : null;
    }

    /// <inheritdoc/>
    public override long Cursor => Volatile.Read(ref Claimed.Value) & ~ClosedBit;

    private protected override long OldestIntact => Policy == OverflowPolicy.DropOldest ? Cursor - Capacity : 0;

    private protected override long DroppedIncoming => Volatile.Read(ref _droppedIncoming);

    private protected override long Rejected => Volatile.Read(ref _rejected);

    private protected override long Stalls => Volatile.Read(ref _stalls);

    private protected override long StallTicks => Volatile.Read(ref _stallTicks);

    private protected override bool HasRoomOrIsClosed
    {
        get
        {
            long claimed = Volatile.Read(ref Claimed.Value);
            return claimed >= ClosedBit || claimed - Consumed < Capacity;
        }
    }

    /// <inheritdoc/>
    public override int Publish(long position, int count)
    {
        for (long p = position; p < position + count; p++)
            Volatile.Write(ref _states[p & _mask], PublishedState(p));
        if (WorkSignal.IsRaised)
            WorkSignal.Wake();
        return count;
    }

    /// <inheritdoc/>
    public override int Available(int maxCount, out long lostBefore)
    {
        lostBefore = 0;
        long consumed = Consumer.Consumed;
        if (Policy == OverflowPolicy.DropOldest)
        {
            lostBefore = Math.Max(0, OldestIntact - consumed);
            if (lostBefore > 0)
                Skip(lostBefore);
            consumed += lostBefore;
        }

        int count = 0;
        maxCount = Math.Min(maxCount, Capacity);
        Consumer.SawMore = false;
        while (Volatile.Read(ref _states[(consumed + count) & _mask]) == PublishedState(consumed + count))
        {
            if (count == maxCount || (_lostBefore is not null && !PassGap(consumed + count, isFirst: count == 0, ref lostBefore)))
            {
                Consumer.SawMore = true;
                break;
            }

            count++;
        }

        return count;
    }

    /// <inheritdoc/>
    public override int CountOverwritten(int count)
    {
        // Keeps the copy of the slots before the second look at their states; partner: the write barrier in MarkWriting.
        Volatile.ReadBarrier();
        long consumed = Consumer.Consumed;
        int overwritten = 0;
        for (int i = 0; i < count; i++)
        {
            if (Volatile.Read(ref _states[(consumed + i) & _mask]) != PublishedState(consumed + i))
                overwritten = i + 1;
        }

        return overwritten;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        Interlocked.Or(ref Claimed.Value, ClosedBit);
        SpaceSignal.Close();
    }

    private protected override int TryClaim(int count, out long position)
    {
        int granted;
        do
        {
            position = Volatile.Read(ref Claimed.Value);
            if (position >= ClosedBit)
                return -1;
            long room = Policy == OverflowPolicy.DropOldest ? Capacity : Consumed + Capacity - position;
            granted = (int)Math.Min(count, room);
            if (granted <= 0)
                return 0;
        }
        while (Interlocked.CompareExchange(ref Claimed.Value, position + granted, position) != position);

        if (position + granted > Stamps.Next)
            Stamps.Stamp(position);
        if (Policy == OverflowPolicy.DropOldest)
            MarkWriting(position, granted);
        else
            MarkGap(position);
        return granted;
    }

    /// <summary>Whether the event of a position is published.</summary>
    private protected bool IsPublished(long position) => Volatile.Read(ref _states[position & _mask]) == PublishedState(position);

    /// <summary>Notes before which event incoming ones were dropped. By the producer that has claimed it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void MarkGap(long position)
    {
        if (_lostBefore is not null && Volatile.Read(ref _openLoss.Value) != 0)
            _lostBefore[position & _mask] = Interlocked.Exchange(ref _openLoss.Value, 0);
    }

    private protected override void CountDropped(int count)
    {
        // In this order: what a gap announces has been counted before, so the trailing loss is never below zero.
        Interlocked.Add(ref _droppedIncoming, count);
        Interlocked.Add(ref _openLoss.Value, count);
    }

    private protected override void CountRejected(int count) => Interlocked.Add(ref _rejected, count);

    private protected override void BeginStall(long now) => Interlocked.Increment(ref _stalls);

    private protected override void EndStall(long ticks) => Interlocked.Add(ref _stallTicks, ticks);

    private static long PublishedState(long position) => (2 * position) + 2;

    private void MarkWriting(long position, int count)
    {
        for (long p = position; p < position + count; p++)
        {
            ref long state = ref _states[p & _mask];
            long previous = p < Capacity ? 0 : PublishedState(p - Capacity);
            var spinner = new SpinWait();
            while (Volatile.Read(ref state) != previous)
                spinner.SpinOnce();
            Volatile.Write(ref state, PublishedState(p) - 1);
        }

        // Keeps the slots' bytes behind the marks; partner: the read barrier in CountOverwritten.
        Volatile.WriteBarrier();
    }

    /// <summary>Adds up a gap before the first event; returns false at a gap before a later one.</summary>
    private bool PassGap(long position, bool isFirst, ref long lostBefore)
    {
        ref long lost = ref _lostBefore![position & _mask];
        if (lost == 0)
            return true;
        if (!isFirst)
            return false;
        lostBefore = lost;
        Consumer.AnnouncedIncoming += lost;
        lost = 0;
        return true;
    }
}
