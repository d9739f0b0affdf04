using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// The sequencer of a ring with one producer.
/// <code>
/// Fields     Cursor    positions below it are published                     producer writes, consumer reads
///            Limit     positions below it need no look at anything shared   producer only
///            Intent    positions below it may be being overwritten          producer writes, consumer reads (DropOldest)
///            Consumed  positions below it are free again                    consumer writes, producer reads
///
/// Producer   1. position = Cursor; position >= Limit: slow path (refresh Limit; full; a latency stamp is due)
///            2. write the slot
///            3. store-release Cursor = position + 1
///            4. load the work signal; raised: wake the sleeper, or take the event back if the ring is closed
///
/// Consumer   1. load-acquire Cursor; equal to Consumed: nothing to read
///            2. read the slots in place (DropOldest: copy them, then check Intent)
///            3. store-release Consumed; wake the producer if it waits for room
///
/// Order      The release in 3 keeps the slot's bytes (2) before the cursor; partner: the consumer's acquire in 1.
///            The release of Consumed keeps the consumer's reads before it; partner: the acquire of Consumed when
///            Limit is refreshed, before any slot is written again. Both are real instructions on ARM64 (stlr, ldar)
///            and only bind the compiler on x64. The StoreLoad hazard between 3 and 4 is the sleeper's to
///            stop, see <see cref="WakeSignal"/>.
///
/// Overwrite  Under DropOldest the producer moves Intent ahead in chunks of 1/16 of the ring, then a write barrier,
///            then writes slots: a consumer that has seen any byte of a new event in a slot sees, after a read barrier,
///            the Intent that condemned the old one. Partners: Volatile.WriteBarrier in RefreshLimit and
///            Volatile.ReadBarrier in CountOverwritten. Without them a half-written event could pass as whole.
///
/// Close      The signal's Closed bit is set before a process-wide barrier, so a publish is either seen by the
///            last drain or sees the bit in 4. Then it takes the consumer lease and sets Cursor back, unless its
///            events have been read, or counted as left by Seal. So nothing published is left unaccounted. Where a handler
///            hangs with the lease, Seal ends reading for good, and the producer needs the lease no more.
///
/// Cost       One by one: two loads, a compare, the slot, one store, one load. No fence, no read-modify-write.
/// </code>
/// The models are <c>overwrite.pml</c> and <c>stop_drain.pml</c> in <c>docs/design/models</c>.
/// </summary>
internal partial class SingleProducerSequencer : Sequencer
{
    private const int OverwriteChunksPerRing = 16;

    internal ProducerFields Producer;

    private readonly long _overwriteChunk;
    private readonly GapLog? _gaps;

    /// <summary>Creates the sequencer.</summary>
    /// <param name="capacity">Slots of the ring, a power of two of at least 2.</param>
    /// <param name="policy">What happens when the ring is full.</param>
    /// <param name="workSignal">The signal its consumer sleeps on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not such a number.</exception>
    public SingleProducerSequencer(int capacity, OverflowPolicy policy, WakeSignal workSignal)
        : base(capacity, policy, workSignal)
    {
        _overwriteChunk = Math.Max(1, capacity / OverwriteChunksPerRing);
        _gaps = policy == OverflowPolicy.DropIncoming ? new GapLog(capacity) : null;
    }

    /// <inheritdoc/>
    public override long Cursor => Volatile.Read(ref Producer.Cursor);

    private protected override long OldestIntact =>
        Policy == OverflowPolicy.DropOldest ? Volatile.Read(ref Producer.Intent) - Capacity : 0;

    private protected override long DroppedIncoming => Volatile.Read(ref Producer.DroppedIncoming);

    private protected override long Rejected => Volatile.Read(ref Producer.Rejected);

    private protected override long Stalls => Volatile.Read(ref Producer.Stalls);

    private protected override long StallTicks
    {
        get
        {
            long since = Volatile.Read(ref Producer.StalledSince);
            return Volatile.Read(ref Producer.StallTicks) + (since == 0 ? 0 : MonotonicClock.Now - since);
        }
    }

    private protected override bool HasRoomOrIsClosed =>
        Volatile.Read(ref _isClosed) || Producer.Cursor - Consumed < Capacity;

    /// <summary>
    /// Producer: makes the slots up to <paramref name="next"/> readable. The inlined half of
    /// <see cref="Publish"/>; the caller goes on with <see cref="AfterPublish"/> when this returns true.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool CommitIsSignalled(long next)
    {
        Volatile.Write(ref Producer.Cursor, next);
        return WorkSignal.IsRaised;
    }

    /// <inheritdoc/>
    public override int Publish(long position, int count) =>
        CommitIsSignalled(position + count) ? AfterPublish(position, count) : count;

    /// <summary>Producer: the rare half of publishing. Returns how many of the events stay published.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal int AfterPublish(long position, int count)
    {
        WorkSignal.Wake();
        return WorkSignal.IsClosed ? count - Retract(position) : count;
    }

    /// <inheritdoc/>
    public override int Available(int maxCount, out long lostBefore)
    {
        lostBefore = 0;
        long cursor = Volatile.Read(ref Producer.Cursor);
        long consumed = Consumer.Consumed;
        if (cursor == consumed)
            return 0;
        if (Policy == OverflowPolicy.DropOldest)
        {
            lostBefore = Math.Max(0, OldestIntact - consumed);
            if (lostBefore > 0)
            {
                Skip(lostBefore);
                consumed += lostBefore;
                // Intent may be more than a ring ahead of the cursor loaded before it; the count would be negative.
                cursor = Volatile.Read(ref Producer.Cursor);
            }
        }

        // After the load of the cursor; partner: the fence in Seal. What is read then lies below the seal.
        if (Volatile.Read(ref _isGivenUp))
            return 0;
        long count = Math.Min(cursor - consumed, maxCount);
        if (_gaps is not null)
        {
            lostBefore = _gaps.TakeAt(consumed);
            Consumer.AnnouncedIncoming += lostBefore;
            count = Math.Min(count, _gaps.NextPosition - consumed);
        }

        Consumer.SawMore = count < cursor - consumed;
        return (int)count;
    }

    /// <inheritdoc/>
    public override int CountOverwritten(int count)
    {
        // Keeps the copy of the slots before the load of Intent; partner: the write barrier in RefreshLimit.
        Volatile.ReadBarrier();
        return (int)Math.Clamp(OldestIntact - Consumer.Consumed, 0, count);
    }

    private protected override int TryClaim(int count, out long position)
    {
        position = Producer.Cursor;
        if (Volatile.Read(ref _isClosed))
            return -1;
        if (position + count > Producer.Limit)
            RefreshLimit(position, count);
        return (int)Math.Clamp(Producer.Limit - position, 0, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RefreshLimit(long position, int count)
    {
        long limit;
        if (Policy == OverflowPolicy.DropOldest)
        {
            limit = Math.Max(Producer.Intent, (position / _overwriteChunk + 1) * _overwriteChunk);
            Volatile.Write(ref Producer.Intent, limit);
            // Keeps the slots' bytes behind Intent; partner: the read barrier in CountOverwritten.
            Volatile.WriteBarrier();
        }
        else
        {
            limit = Consumed + Capacity;
        }

        if (limit > position)
        {
            if (position + count > Stamps.Next)
                Stamps.Stamp(position);
            // The slow path is also how the next latency stamp comes about: the fast path has one comparison for both.
            limit = Math.Min(limit, Math.Max(Stamps.Next, position + count));
            _gaps?.Close(position);
        }

        Producer.Limit = limit;
    }

    private protected override void CountDropped(int count)
    {
        _gaps!.Open(count);
        Volatile.Write(ref Producer.DroppedIncoming, Producer.DroppedIncoming + count);
    }

    private protected override void CountRejected(int count) =>
        Volatile.Write(ref Producer.Rejected, Producer.Rejected + count);

    private protected override void BeginStall(long now)
    {
        Volatile.Write(ref Producer.Stalls, Producer.Stalls + 1);
        Volatile.Write(ref Producer.StalledSince, now);
    }

    private protected override void EndStall(long ticks)
    {
        Volatile.Write(ref Producer.StalledSince, 0);
        Volatile.Write(ref Producer.StallTicks, Producer.StallTicks + ticks);
    }

    /// <summary>The producer's fields; the producer is their only writer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 3 * CacheLine.Size)]
    internal struct ProducerFields
    {
        /// <summary>Read by the consumer.</summary>
        [FieldOffset(CacheLine.Size)]
        public long Cursor;

        [FieldOffset(CacheLine.Size + 8)]
        public long Limit;

        /// <summary>Read by the consumer under DropOldest.</summary>
        [FieldOffset(CacheLine.Size + 16)]
        public long Intent;

        [FieldOffset(2 * CacheLine.Size)]
        public long DroppedIncoming;

        [FieldOffset((2 * CacheLine.Size) + 8)]
        public long Rejected;

        [FieldOffset((2 * CacheLine.Size) + 16)]
        public long Stalls;

        [FieldOffset((2 * CacheLine.Size) + 24)]
        public long StallTicks;

        /// <summary>When the stall began that lasts; 0 for none.</summary>
        [FieldOffset((2 * CacheLine.Size) + 32)]
        public long StalledSince;
    }
}
