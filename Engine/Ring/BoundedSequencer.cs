using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// A multi-producer sequencer for queues: its bound may be any number up to the slots and may move while it is in use, and
/// so may the policy. Nothing is overwritten: where the oldest event has to give way, it is taken out first.
/// <code>
/// Places     A claim takes a place. It is given back when the event is read (the default), or, where an event stays the queue's
///            after it was read, when <see cref="Release"/> says so. At any time: claimed - freed &lt;= bound &lt;= slots, and
///            freed &lt;= read, so a slot is never claimed before its event has been read.
///
/// Producer   1. load-acquire the known limit; the position is below it: go to 3
///            2. compute it anew: load-acquire freed, add the bound; store-release it as the known limit
///            3. claim: compare-and-swap of Claimed
///
/// Consumer   frees places with a store-release after it is done with the slots.
///
/// Order      The release of freed, and of the known limit, keeps the consumer's reads of a slot before the producer's
///            writes; partner: the acquires in 1 and 2. The known limit may be older than freed, never newer, so it is only too
///            small; after a bound was lowered it may be too large by what was free then, and still is within the slots.
/// </code>
/// </summary>
internal sealed class BoundedSequencer : MultiProducerSequencer
{
    private readonly bool _freesOnRead;
    private readonly IOldestDropper? _dropper;

    // Written by producers that find their position at or above it, and by who moves the bound.
    private PaddedInt64 _knownLimit;

    // Written by who releases places, one thread at a time.
    private PaddedInt64 _released;
    private int _bound;

    /// <summary>Creates the sequencer.</summary>
    /// <param name="bound">Places, 1 to the slots. There are as many slots as the next power of two, at least 2, says.</param>
    /// <param name="policy">What happens when all places are taken.</param>
    /// <param name="workSignal">The signal its consumer sleeps on.</param>
    /// <param name="freesOnRead">Whether reading an event gives its place back; otherwise <see cref="Release"/> does.</param>
    /// <param name="dropper">Takes the oldest event out; needed for <c>DropOldest</c> only.</param>
    /// <param name="keepsGaps">Whether readers are told where incoming events were dropped.</param>
    public BoundedSequencer(
        int bound,
        OverflowPolicy policy,
        WakeSignal workSignal,
        bool freesOnRead = true,
        IOldestDropper? dropper = null,
        bool keepsGaps = true)
        : base(SlotsFor(bound), policy, workSignal, keepsGaps)
    {
        _freesOnRead = freesOnRead;
        _dropper = dropper;
        _bound = bound;
    }

    /// <summary>Slots of a ring with so many places.</summary>
    public static int SlotsFor(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return Math.Max(2, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bound));
    }

    /// <summary>
    /// Places there may be, 0 to the slots. A smaller value lets nothing in until enough are free. To be set by one thread at a time.
    /// </summary>
    public int Bound
    {
        get => Volatile.Read(ref _bound);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Capacity);
            Volatile.Write(ref _bound, value);
            Volatile.Write(ref _knownLimit.Value, 0);
            SpaceSignal.Interrupt();
        }
    }

    /// <summary>How long a claim waits for room at most, before it is refused; null for as long as it takes.</summary>
    public StallLimit? StallLimit { get; init; }

    /// <summary>Places given back by <see cref="Release"/>.</summary>
    public long Released => Volatile.Read(ref _released.Value);

    /// <summary>Places taken.</summary>
    public int Taken => (int)Math.Max(0, Cursor - Freed);

    /// <summary>Whether no claim succeeds any more.</summary>
    public bool IsClosed => Volatile.Read(ref Claimed.Value) >= ClosedBit;

    /// <summary>Whether an event can be read. Safe from any thread; about a queue that others read from, it may be late.</summary>
    public bool HasReadable => IsPublished(Consumed);

    private long Freed => _freesOnRead ? Consumed : Volatile.Read(ref _released.Value);

    private protected override long OldestIntact => 0;

    private protected override long StallEnd => StallLimit?.EndFromNow ?? long.MaxValue;

    // A producer that takes each place as it becomes free reads for each what the consumer writes for each, and slows both.
    private protected override bool IsRoomWorthwhile
    {
        get
        {
            long claimed = Volatile.Read(ref Claimed.Value);
            return claimed >= ClosedBit || Freed + Bound - claimed >= Math.Max(1, Bound / 16);
        }
    }

    private protected override bool HasRoomOrIsClosed
    {
        get
        {
            long claimed = Volatile.Read(ref Claimed.Value);
            return claimed >= ClosedBit || claimed < Freed + Bound;
        }
    }

    /// <summary>Claims one position if there is room, whatever the policy says; counts nothing.</summary>
    /// <returns>1 if it did, 0 if there is no room, -1 if the sequencer is closed.</returns>
    public int TryClaimOne(out long position) => TryClaim(1, out position);

    /// <summary>Changes what happens when all places are taken, from the next claim on.</summary>
    public void ChangePolicy(OverflowPolicy policy) => Policy = policy;

    /// <summary>Gives places back of events that were read. By one thread at a time.</summary>
    public void Release(int count)
    {
        Volatile.Write(ref _released.Value, _released.Value + count);
        if (SpaceSignal.IsRaised)
            SpaceSignal.Wake();
    }

    /// <summary>
    /// Takes a place back for an event that has given it up and comes again. By the thread that may release. A claim at the same
    /// moment may see the place taken although it is then refused.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool TryRetakePlace()
    {
        Volatile.Write(ref _released.Value, _released.Value - 1);
        Volatile.Write(ref _knownLimit.Value, 0);
        // The store above before the load below, so that of a claim and this call for one place not both succeed (StoreLoad);
        // partner: the compare-and-swap of a claim.
        Interlocked.MemoryBarrier();
        if (Cursor - Freed <= Bound)
            return true;
        Release(1);
        return false;
    }

    /// <summary>Counts events that were taken out to make room after they had been read.</summary>
    public void CountDroppedOldest(int count) => Volatile.Write(ref Consumer.DroppedOldest, Consumer.DroppedOldest + count);

    /// <summary>Counts events that were refused by the caller, such as those offered to a closed queue.</summary>
    public void CountRefused(int count) => CountRejected(count);

    /// <inheritdoc/>
    public override int CountOverwritten(int count) => 0;

    private protected override int TryClaim(int count, out long position)
    {
        int granted;
        do
        {
            position = Volatile.Read(ref Claimed.Value);
            if (position >= ClosedBit)
                return -1;
            long limit = Volatile.Read(ref _knownLimit.Value);
            if (position + count > limit)
            {
                limit = Freed + Bound;
                Volatile.Write(ref _knownLimit.Value, limit);
            }

            granted = (int)Math.Min(count, limit - position);
            if (granted <= 0)
                return 0;
        }
        while (Interlocked.CompareExchange(ref Claimed.Value, position + granted, position) != position);

        MarkGap(position);
        return granted;
    }

    private protected override bool IsPast(long stallEnd) => StallLimit!.IsPast(stallEnd);

    // Who may wait here is the queue's to say: its consumers are not the dispatchers of lanes.
    private protected override ClaimOutcome ClaimWhenFull(int count, bool mayWait, out long position, out int granted)
    {
        (position, granted) = (0, 0);
        switch (Policy)
        {
            case OverflowPolicy.DropIncoming:
                return ClaimOutcome.Dropped;
            case OverflowPolicy.DropOldest when _dropper is not null:
                return DropOldestAndClaim(count, out position, out granted);
            case OverflowPolicy.Wait when mayWait:
                return WaitForRoom(count, out position, out granted);
            default:
                return ClaimOutcome.Rejected;
        }
    }

    private ClaimOutcome DropOldestAndClaim(int count, out long position, out int granted)
    {
        do
        {
            if (!_dropper!.TryDropOldest())
            {
                (position, granted) = (0, 0);
                return ClaimOutcome.Dropped;
            }

            granted = TryClaim(count, out position);
        }
        while (granted == 0);

        if (granted > 0)
            return ClaimOutcome.Claimed;
        granted = 0;
        return ClaimOutcome.Closed;
    }
}

/// <summary>Takes the oldest event out of a queue that is full.</summary>
internal interface IOldestDropper
{
    /// <summary>
    /// Takes one out, counts it and gives its place back; or finds that one has become free. May be called by several threads at once.
    /// </summary>
    /// <returns>False if no event may be taken out.</returns>
    bool TryDropOldest();
}
