using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// Says which positions of a ring may be written and which may be read. Positions count the slots ever used, from 0.
/// Producers claim positions, fill the slots and publish them; one consumer at a time, the holder of the consumer
/// lease, reads what is published and advances the gating sequence. Nothing here takes a lock.
/// </summary>
[DebuggerDisplay("{Capacity} slots, {Policy}: {Ledger}")]
internal abstract class Sequencer
{
    private protected readonly WakeSignal WorkSignal;
    private protected readonly WakeSignal SpaceSignal = new();
    private long _countedConsumed = long.MaxValue; // Written once, at the seal.
    private protected ConsumerFields Consumer;

    private bool _hasConsumer = true;

    private protected Sequencer(int capacity, OverflowPolicy policy, WakeSignal workSignal)
    {
        ArgumentNullException.ThrowIfNull(workSignal);
        CheckCapacity(capacity);
        Capacity = capacity;
        Policy = policy;
        WorkSignal = workSignal;
    }

    /// <summary>Number of slots.</summary>
    public int Capacity { get; }

    /// <summary>What happens when all of them are in use.</summary>
    public OverflowPolicy Policy { get; private protected set; }

    /// <summary>Positions below this one are published or were claimed by a producer that is about to publish them.</summary>
    public abstract long Cursor { get; }

    /// <summary>The gating sequence: positions below it have been read, or skipped because they were overwritten.</summary>
    public long Consumed => Volatile.Read(ref Consumer.Consumed);

    /// <summary>Whether something is published, or about to be, that the consumer has not taken.</summary>
    public bool HasBacklog => Cursor != Consumed;

    /// <summary>Whether a consumer serves the ring; without one, a full ring refuses rather than waits.</summary>
    public bool HasConsumer
    {
        get => Volatile.Read(ref _hasConsumer);
        set => Volatile.Write(ref _hasConsumer, value);
    }

    /// <summary>The account of all events offered so far.</summary>
    public RingLedger Ledger => LedgerUpTo(Cursor);

    internal PublishStamps Stamps { get; } = new();

    /// <summary>Positions below this one may have been overwritten; 0 where nothing ever is.</summary>
    private protected abstract long OldestIntact { get; }

    private protected abstract long DroppedIncoming { get; }

    private protected abstract long Rejected { get; }

    private protected abstract long Stalls { get; }

    private protected abstract long StallTicks { get; }

    /// <summary>
    /// Producer: claims up to <paramref name="count"/> consecutive positions. A full ring is dealt with as the
    /// overflow policy says; under <c>Wait</c> the call blocks until there is room, unless
    /// <paramref name="mayWait"/> is false. Events that are dropped or rejected are counted here, all
    /// <paramref name="count"/> of them.
    /// </summary>
    /// <param name="count">Positions wanted, at least 1.</param>
    /// <param name="mayWait">Whether the call may block.</param>
    /// <param name="position">The first position claimed.</param>
    /// <param name="granted">Positions claimed, 1 to <paramref name="count"/>, or 0.</param>
    public ClaimOutcome Claim(int count, bool mayWait, out long position, out int granted)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        granted = TryClaim(count, out position);
        if (granted > 0)
            return ClaimOutcome.Claimed;
        if (granted < 0)
        {
            granted = 0;
            return ClaimOutcome.Closed;
        }

        ClaimOutcome outcome = ClaimWhenFull(count, mayWait, out position, out granted);
        if (outcome == ClaimOutcome.Dropped)
            CountDropped(count);
        else if (outcome is not (ClaimOutcome.Claimed or ClaimOutcome.Closed))
            CountRejected(count);
        return outcome;
    }

    /// <summary>
    /// Producer: makes claimed positions readable and wakes the consumer if it sleeps. Does not block.
    /// </summary>
    /// <param name="position">The first position.</param>
    /// <param name="count">Positions, all claimed by one call.</param>
    /// <returns>
    /// The positions that stay published: <paramref name="count"/>, or fewer if the ring was closed meanwhile and the
    /// consumer had gone.
    /// </returns>
    public abstract int Publish(long position, int count);

    /// <summary>Consumer: takes the right to read, which one thread at a time may hold.</summary>
    public bool TryAcquireConsumer() => Interlocked.CompareExchange(ref Consumer.Lease, 1, 0) == 0;

    /// <summary>Consumer: gives the right to read back.</summary>
    public void ReleaseConsumer() => Volatile.Write(ref Consumer.Lease, 0);

    /// <summary>
    /// Consumer: how many events can be read from <see cref="Consumed"/> on. Skips what was overwritten. A run ends
    /// before the next loss, so that losses lie between runs.
    /// </summary>
    /// <param name="maxCount">The most events wanted.</param>
    /// <param name="lostBefore">Events lost directly before the run.</param>
    public abstract int Available(int maxCount, out long lostBefore);

    /// <summary>Consumer: whether the last look saw more events than it gave.</summary>
    public bool SawMore => Consumer.SawMore;

    /// <summary>
    /// Consumer: how many of the events just copied from <see cref="Consumed"/> on may have been overwritten while
    /// they were copied. They are the first of the run. Only <c>DropOldest</c> overwrites.
    /// </summary>
    /// <param name="count">Events copied.</param>
    public abstract int CountOverwritten(int count);

    /// <summary>Consumer: frees the slots of events that have been read, and wakes a producer that waits for them.</summary>
    /// <param name="count">Events read.</param>
    public void Advance(int count)
    {
        Volatile.Write(ref Consumer.Consumed, Consumer.Consumed + count);
        if (SpaceSignal.IsRaised)
            SpaceSignal.Wake();
    }

    /// <summary>Consumer: events that it is about to free have been handed to nobody.</summary>
    /// <param name="count">Events.</param>
    public void CountUndelivered(int count) => Volatile.Write(ref Consumer.Undelivered, Consumer.Undelivered + count);

    /// <summary>Consumer: skips events that were overwritten, and counts them.</summary>
    /// <param name="count">Events overwritten.</param>
    public void Skip(long count)
    {
        Volatile.Write(ref Consumer.DroppedOldest, Consumer.DroppedOldest + count);
        Volatile.Write(ref Consumer.Consumed, Consumer.Consumed + count);
    }

    /// <summary>
    /// Consumer, after the ring is closed and empty: the losses after the last event, which no later event announces.
    /// </summary>
    public long TakeTrailingLoss()
    {
        long lost = DroppedIncoming - Consumer.AnnouncedIncoming;
        Consumer.AnnouncedIncoming += lost;
        return lost;
    }

    /// <summary>Losses announced so far that took no position.</summary>
    internal long AnnouncedIncoming => Consumer.AnnouncedIncoming;

    /// <summary>
    /// What sequences are ahead of the positions: the losses announced so far that took no position, and what
    /// <see cref="SequenceBase"/> adds.
    /// </summary>
    internal long SequenceOffset => Consumer.AnnouncedIncoming + Consumer.SequenceBase;

    /// <summary>
    /// By how much sequences have been moved. The producer writes it while the ring is empty; the consumer reads it with the next event,
    /// whose publication it is written before.
    /// </summary>
    internal long SequenceBase
    {
        get => Volatile.Read(ref Consumer.SequenceBase);
        set => Volatile.Write(ref Consumer.SequenceBase, value);
    }

    /// <summary>
    /// Refuses further claims. Events already published stay readable. A claim that is under way either becomes
    /// readable or is taken back by <see cref="Publish"/>.
    /// </summary>
    public abstract void Close();

    /// <summary>
    /// Host, when the consumers have ended or been given up: fixes what is left in the ring, and returns how many events
    /// that is. A publish that is under way either is among them or takes its events back.
    /// </summary>
    internal virtual long Seal()
    {
        EndCounting();
        return Ledger.Buffered;
    }

    /// <summary>
    /// Consumer, after the ring is closed: ends the ring if it is empty. What is published from then on is taken back.
    /// </summary>
    /// <returns>Whether it was empty; if not, there is more to read.</returns>
    internal virtual bool TrySealEmpty() => !HasBacklog;

    /// <summary>Host, at the seal: what a handler has not come back from by now stays left, as in the report of the stop.</summary>
    private protected void EndCounting() => Volatile.Write(ref _countedConsumed, Consumed);

    private protected RingLedger LedgerUpTo(long cursor)
    {
        long droppedIncoming = DroppedIncoming;
        long droppedOldest = Volatile.Read(ref Consumer.DroppedOldest);
        long undelivered = Volatile.Read(ref Consumer.Undelivered);
        long consumed = Math.Min(Math.Min(Consumed, Volatile.Read(ref _countedConsumed)), cursor);
        // Overwritten already, but not yet skipped by the consumer.
        long overwritten = Math.Clamp(OldestIntact - consumed, 0, cursor - consumed);
        return new RingLedger(
            cursor + droppedIncoming, consumed - droppedOldest - undelivered, droppedIncoming, droppedOldest + overwritten,
            cursor - consumed - overwritten, Rejected, Stalls, StallTicks, undelivered);
    }

    /// <summary>What the overflow policy says of a claim that finds no room. Counts nothing but stalls.</summary>
    private protected virtual ClaimOutcome ClaimWhenFull(int count, bool mayWait, out long position, out int granted)
    {
        (position, granted) = (0, 0);
        return Policy switch
        {
            OverflowPolicy.DropIncoming => ClaimOutcome.Dropped,
            OverflowPolicy.Wait when mayWait => DispatcherThread.IsCurrent
                ? ClaimOutcome.RejectedInHandler
                : WaitForRoom(count, out position, out granted),
            _ => ClaimOutcome.Rejected,
        };
    }

    /// <summary>Claims what can be had at once. Returns 0 when full and -1 when closed.</summary>
    private protected abstract int TryClaim(int count, out long position);

    private protected abstract void CountDropped(int count);

    private protected abstract void CountRejected(int count);

    /// <summary>A producer begins to wait for room.</summary>
    private protected abstract void BeginStall(long now);

    /// <summary>It waits no more.</summary>
    private protected abstract void EndStall(long ticks);

    /// <summary>When a claim that begins to wait now is to give up; <see cref="long.MaxValue"/> for never.</summary>
    private protected virtual long StallEnd => long.MaxValue;

    /// <summary>Whether such a time has come.</summary>
    private protected virtual bool IsPast(long stallEnd) => false;

    /// <summary>Whether there is so much room that a waiting producer need not come back for more at once. Asked while it spins.</summary>
    private protected virtual bool IsRoomWorthwhile => true;

    /// <summary>Whether a claim would succeed or fail for good.</summary>
    private protected abstract bool HasRoomOrIsClosed { get; }

    internal static void CheckCapacity(int capacity)
    {
        if (capacity < 2 || !BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacity), capacity, "The capacity of a ring must be a power of two of at least 2.");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected ClaimOutcome WaitForRoom(int count, out long position, out int granted)
    {
        if (!HasConsumer)
        {
            (position, granted) = (0, 0);
            return ClaimOutcome.NoConsumer;
        }

        long start = MonotonicClock.Now;
        BeginStall(start);
        ThreadStall stall = ThreadStall.Current;
        stall.IsStalled = true;
        ClaimOutcome outcome = WaitUntilClaimed(count, out position, out granted);
        stall.IsStalled = false;
        EndStall(MonotonicClock.Now - start);
        return outcome;
    }

    private ClaimOutcome WaitUntilClaimed(int count, out long position, out int granted)
    {
        (position, granted) = (0, 0);
        var backOff = new RoomBackOff();
        long end = StallEnd;
        do
        {
            if (!HasConsumer)
                return ClaimOutcome.NoConsumer;
            if (end != long.MaxValue && IsPast(end))
                return ClaimOutcome.Rejected;
            // The consumer may be in a timed pause, which ordinary publishing does not end.
            if (backOff.IsFirstOrSleeps)
                WorkSignal.Interrupt();
            backOff.Wait(SpaceSignal, new RoomCheck(this));
            granted = !backOff.IsPatient || IsRoomWorthwhile ? TryClaim(count, out position) : 0;
        }
        while (granted == 0);

        if (granted > 0)
            return ClaimOutcome.Claimed;
        granted = 0;
        return ClaimOutcome.Closed;
    }

    private readonly struct RoomCheck(Sequencer sequencer) : IProgressCheck
    {
        public bool HasProgress() => sequencer.HasRoomOrIsClosed;
    }

    /// <summary>The consumer's fields. All are written by the holder of the lease, the lease by who takes it.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 3 * CacheLine.Size)]
    private protected struct ConsumerFields
    {
        /// <summary>Read by producers when they have used up what they knew to be free.</summary>
        [FieldOffset(CacheLine.Size)]
        public long Consumed;

        [FieldOffset(CacheLine.Size + 8)]
        public long DroppedOldest;

        /// <summary>Losses under DropIncoming that the consumer has already seen.</summary>
        [FieldOffset(CacheLine.Size + 16)]
        public long AnnouncedIncoming;

        [FieldOffset(CacheLine.Size + 24)]
        public bool SawMore;

        /// <summary>Written by the producer, which is rare.</summary>
        [FieldOffset(CacheLine.Size + 32)]
        public long SequenceBase;

        [FieldOffset(CacheLine.Size + 40)]
        public long Undelivered;

        [FieldOffset(2 * CacheLine.Size)]
        public int Lease;
    }
}
