using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;

namespace Engine.Bus.Messages;

/// <summary>
/// The messages of one subscription. Publishers put them into a ring without a lock; consumers take and settle under one. The
/// ring's places are counted apart from its slots: reading frees the slot, settling for good frees the place, so that the bound holds for
/// what waits and what is in flight together.
/// <code>
/// Publisher  1. take an entry from the pool and fill it
///            2. claim a place, by the sequencer, which applies the overflow policy
///            3. put the entry into the slot and publish the position
///            4. full fence, load "hungry"; set: take the lock and wake a consumer
///
/// Consumer   1. (in the lock) nothing to take: join the waiters, set "hungry"
///            2. full fence
///            3. look at the next position; published: wake a waiter after all
///
/// Fence      The consumer's look (3) must not be satisfied before its store of "hungry" (1) is visible, nor the publisher's load of
///            "hungry" (4) before its position is (StoreLoad); the two are partners. Without either, both look too early: the
///            message lies in the ring and the consumer sleeps until the next publish.
///
/// Slots      The entry is stored before the sequencer's release of the position and loaded after the acquire of it. The consumer
///            empties the slot before it advances, which the next claim of the slot acquires.
/// </code>
/// A wakened consumer that takes a message wakes the next while there is more to take, so one wake-up per event is enough. The
/// model is <c>docs/design/models/message_ring.pml</c>.
/// </summary>
internal sealed partial class MessageQueue : IOldestDropper
{
    // Nobody sleeps on it: consumers wait without a thread.
    private static readonly WakeSignal NoSleeper = new();

    private readonly ShortLock _lock = new();
    private readonly MessageSubscriptionOptions _options;
    private readonly DeadlineClock _clock;
    private readonly BoundedSequencer _sequencer;
    private readonly Slot[] _slots;
    private MessagePool?[] _pools = [];

    // What publishers load without the lock, apart from what consumers write in it.
    private PaddedInt32 _isHungry;

    private UnsettledList _unsettled;
    private readonly KeyQueues? _keys;
    private EntryQueue _redeliveries;
    private bool _isClosed;

    /// <summary>Makes a queue.</summary>
    /// <param name="name">The subscription's name.</param>
    /// <param name="options">How it works.</param>
    /// <param name="hasKeys">Whether messages with the same key are handed out one after the other.</param>
    public MessageQueue(string name, MessageSubscriptionOptions options, bool hasKeys)
    {
        Name = name;
        _keys = hasKeys ? new KeyQueues() : null;
        _options = options;
        _clock = new DeadlineClock(options.TimeProvider);
        _leaseTicks = _clock.ToTicks(options.Lease);
        _maxLeaseTicks = _clock.ToTicks(options.MaxLease);
        _shortestPauseTicks = _clock.ToTicks(ShortestPause);
        _longestPauseTicks = _clock.ToTicks(LongestPause);
        _sequencer = new BoundedSequencer(
            options.Capacity, options.OverflowPolicy, NoSleeper, freesOnRead: false, dropper: this, keepsGaps: false)
        {
            StallLimit = options.StallTimeout == Timeout.InfiniteTimeSpan
                ? null
                : new StallLimit(options.TimeProvider, options.StallTimeout),
        };
        _slots = new Slot[_sequencer.Capacity];
        _timer = CreateTimer();
    }

    public string Name { get; }

    /// <summary>Takes over an event from its publisher. Blocks only where a publisher waits on its thread.</summary>
    public PublishOutcome Accept<T>(in T @event, EventContext context, int key)
        where T : IEvent<T>
    {
        ThreadCells thread = ThreadCells.Current;
        MessageEntry<T> entry = PoolOf<T>(context.EventType).Rent(thread);
        // Before the claim: what throws here must not leave a place that nobody fills.
        entry.Fill(@event, context, key);
        ClaimOutcome claim = ClaimOutcome.Claimed;
        if (_sequencer.TryClaimOne(out long position) <= 0)
        {
            if (MayWaitWithoutThread(context))
            {
                context.Waits!.Add(context.Bus, new MessageRoomWait(this, entry));
                return PublishOutcome.Published;
            }

            claim = ClaimSlowly(mayWait: !context.IsFromHandler, out position);
        }

        if (claim != ClaimOutcome.Claimed)
            return Refuse(entry, thread, context, claim);
        Put(entry, position);
        // Partner of the consumer's fence: see the steps above.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isHungry.Value) != 0)
            WakeOne();
        // Whoever waits for this event has said so before, on this thread.
        if (_watchers is not null)
            NoteAccepted(context.Id);
        return PublishOutcome.Published;
    }

    /// <summary>
    /// Drops the message that would be handed out next, those that wait for a redelivery last. Called by publishers that find no place.
    /// </summary>
    bool IOldestDropper.TryDropOldest()
    {
        using (EnterLock())
        {
            // Another publisher, or a settlement, may have made room meanwhile.
            if (_sequencer.Taken < _options.Capacity)
                return true;
            MessageEntry? oldest = NextReady() ?? _delayed.TryTake(long.MaxValue) ?? _keys?.TryTakeWaiting();
            if (oldest is null)
                return false;
            _sequencer.CountDroppedOldest(1);
            End(oldest, MessageEnd.Dropped);
            return true;
        }
    }

    /// <summary>Counts an event that did not become a message.</summary>
    public PublishOutcome CountRefused()
    {
        _sequencer.CountRefused(1);
        return PublishOutcome.Rejected;
    }

    private void Put(MessageEntry entry, long position)
    {
        _slots[position & (_slots.Length - 1)].Entry = entry;
        _sequencer.Publish(position, 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ClaimOutcome ClaimSlowly(bool mayWait, out long position)
    {
        Interlocked.Increment(ref _waitingPublishers);
        ClaimOutcome claim = _sequencer.Claim(1, mayWait, out position, out _);
        Interlocked.Decrement(ref _waitingPublishers);
        return claim;
    }

    private PublishOutcome Refuse(MessageEntry entry, ThreadCells thread, EventContext context, ClaimOutcome claim)
    {
        entry.ClearPayload();
        entry.Pool.GiveBack(entry, thread);
        PublishOutcome outcome = OutcomeOf(claim, context.IsFromHandler);
        // The publisher gets the worst that became of the event at any subscription.
        context.Record(outcome);
        _options.OnOverflow?.Invoke(context.EventType, context.Id, outcome);
        return outcome;
    }

    private PublishOutcome OutcomeOf(ClaimOutcome claim, bool isFromHandler)
    {
        if (claim == ClaimOutcome.Closed)
            _sequencer.CountRefused(1);
        bool mustNotWait = _options.OverflowPolicy == OverflowPolicy.Wait && isFromHandler;
        return claim switch
        {
            ClaimOutcome.Dropped => PublishOutcome.Dropped,
            ClaimOutcome.Closed when Volatile.Read(ref _isBusStopped) => PublishOutcome.Stopped,
            ClaimOutcome.Rejected when mustNotWait => PublishOutcome.RejectedInHandler,
            _ => PublishOutcome.Rejected,
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WakeOne()
    {
        using (EnterLock())
            WakeNext();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MessagePool<T> PoolOf<T>(EventDescriptor eventType)
        where T : IEvent<T>
    {
        MessagePool?[] pools = Volatile.Read(ref _pools);
        int index = EventTypeIndex.Of<T>.Value;
        return index < pools.Length && pools[index] is { } pool ? Unsafe.As<MessagePool<T>>(pool) : AddPool<T>(eventType);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MessagePool<T> AddPool<T>(EventDescriptor eventType)
        where T : IEvent<T>
    {
        int index = EventTypeIndex.Of<T>.Value;
        using (EnterLock())
        {
            if (index < _pools.Length && _pools[index] is { } known)
                return (MessagePool<T>)known;
            var pools = new MessagePool?[Math.Max(_pools.Length, index + 1)];
            _pools.CopyTo(pools, 0);
            var pool = new MessagePool<T>(this, eventType);
            pools[index] = pool;
            Volatile.Write(ref _pools, pools);
            return pool;
        }
    }

    /// <summary>Takes the lock: there is no other way to it, so that each entry looks at the invariants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ShortLock.Scope EnterLock()
    {
        ShortLock.Scope scope = _lock.Enter();
        AssertInvariants();
        return scope;
    }

    /// <summary>What the counters say of each other; only Debug builds look.</summary>
    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        long taken = _inFlight + _storing + _redeliveries.Count + _delayed.Count + WaitingForKeys;
        Debug.Assert(_sequencer.Consumed - _sequencer.Released == taken, "Each message handed out and not settled for good has a place.");
        Debug.Assert(_inFlight == _leases.Count + _otherLeases.Count, "Each message in flight has a lease.");
        Debug.Assert(_inFlight <= _options.OutputBuffer, "No more is in flight than the output buffer allows.");
        Debug.Assert(_parked.Count <= _options.ParkedCapacity, "No more is parked than there is room for.");
        Debug.Assert(_unsettled.Oldest > 0 && _otherLeases.IsOrdered && _delayed.IsOrdered, "The earliest deadline comes first.");
        Debug.Assert(
            _leases.First is not { } first || first.State == MessageState.InFlight, "What has a lease is in flight.");
    }

    // A struct, because a store into an array of references checks the type of each.
    private struct Slot
    {
        public MessageEntry? Entry;
    }
}
