using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>
/// The producer's half of a lane: the sequencer, the slots and the inline handlers in one object, so that publishing
/// reaches everything by one reference. Users hold it as an <see cref="EventLane{T}"/>.
/// <code>
/// Fast path  Slots from _next up to _fastEnd may be published one by one with nothing more than the store of the slot,
///            the store of the cursor and the look at the work signal. They are free, lie side by side, and no latency
///            stamp is due in them. Everything that is not ordinary (full, nobody subscribed, an inline handler,
///            closed) makes _fastEnd null, so one comparison covers it all. Pointers, because two of them cost less
///            than position, mask and scale.
///
/// Gate       Who changes the modes stores them, then a full fence, then _fastEnd = null. The producer, having opened a
///            fast path, has a full fence and then looks at the modes again. If it does not see the change, its
///            store of _fastEnd came before the other's null, which therefore stands. Without the fences both could
///            miss each other (StoreLoad), and the producer would publish past an inline subscriber.
/// </code>
/// The model of the gate is <c>docs/design/models/gate.pml</c>.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[DebuggerDisplay("{EventType.Name,nq}, {Modes}: {Ledger}")]
internal sealed unsafe class LaneCore<T> : SingleProducerSequencer, ISubscriptionListener, IPositionedLane
    where T : unmanaged, IEvent<T>
{
    private readonly T* _slots;
    private readonly long _mask;

    // Written by the producer; _fastEnd is set to null by whoever changes the modes.
    private T* _next;
    private T* _fastEnd;

    // The claim that may be published now. Only that one lies at the cursor: while a claim is open the fast path is closed, and
    // whatever else uses the ring counts on.
    private long _claimNumber;

    // Written when subscriptions change.
    private volatile DeliveryModes _modes;
    private readonly RingBuffer<T> _buffer;
    private readonly ProducerState _producer;
    private readonly InlineDelivery<T> _inline;

    // Written by the producer: events that only inline handlers wanted, and that never entered the ring.
    private PaddedInt64 _inlineOnly;

    // By how much the sequences of inline handlers have been moved. Written and read by the producer.
    private long _inlineBase;

    public LaneCore(RingBuffer<T> buffer, WakeSignal workSignal, SubscriptionRegistry<T> registry, ProducerState producer)
        : base(buffer.Capacity, registry.Descriptor.OverflowPolicy, workSignal)
    {
        _buffer = buffer;
        _slots = buffer.Slots;
        _mask = buffer.Mask;
        _producer = producer;
        _inline = new InlineDelivery<T>(registry, producer);
        EventType = registry.Descriptor;
    }

    public EventDescriptor EventType { get; }

    public DeliveryModes Modes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _modes;
    }

    /// <summary>Producer: the sequence of the next event that goes into the ring.</summary>
    public long NextSequence => Producer.Cursor + Producer.DroppedIncoming + SequenceBase;

    /// <inheritdoc/>
    public LanePosition Position
    {
        get => new(EventType.Name, NextSequence, Producer.Cursor + Producer.DroppedIncoming + _inlineOnly.Value + _inlineBase);
        set
        {
            LanePosition now = Position;
            SequenceBase += value.Sequence - now.Sequence;
            _inlineBase += value.InlineSequence - now.InlineSequence;
        }
    }

    public long InlineOnlyCount => Volatile.Read(ref _inlineOnly.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PublishOutcome Publish(in T @event)
    {
        _producer.AssertOwner();
        T* slot = _next;
        if (slot >= _fastEnd)
            return _modes == DeliveryModes.None ? PublishOutcome.NotSubscribed : PublishSlow(@event, mayWait: true);

        *slot = @event;
        _next = slot + 1;
        return CommitIsSignalled(Producer.Cursor + 1) ? AfterPublishLast() : PublishOutcome.Published;
    }

    // Takes the event by value: a caller's local whose address escapes would live in memory, and copying it field by
    // field and out as a whole is a store-forwarding stall per event.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public PublishOutcome PublishSlow(T @event, bool mayWait)
    {
        _producer.AssertOwner();
        DeliveryModes modes = _modes;
        if (modes == DeliveryModes.None)
            return PublishOutcome.NotSubscribed;
        if ((modes & DeliveryModes.Closed) != 0)
            return PublishOutcome.Stopped;
        if (modes != DeliveryModes.Dispatched && !DeliverInline(MemoryMarshal.CreateReadOnlySpan(in @event, 1), modes))
            return PublishOutcome.Published;

        _claimNumber++;
        ClaimOutcome claim = Claim(1, mayWait, out long position, out _);
        if (claim != ClaimOutcome.Claimed)
            return OutcomeOf(claim);
        _slots[position & _mask] = @event;
        bool isSignalled = CommitIsSignalled(position + 1);
        OpenFastPath();
        return isSignalled ? AfterPublishLast() : PublishOutcome.Published;
    }

    public PublishResult PublishBatch(ReadOnlySpan<T> events)
    {
        _producer.AssertOwner();
        DeliveryModes modes = _modes;
        if (modes != DeliveryModes.Dispatched)
        {
            if (modes == DeliveryModes.None)
                return new PublishResult(0, PublishOutcome.NotSubscribed);
            if ((modes & DeliveryModes.Closed) != 0)
                return new PublishResult(0, PublishOutcome.Stopped);
            if (!DeliverInline(events, modes))
                return new PublishResult(events.Length, PublishOutcome.Published);
        }

        return PublishToRing(events);
    }

    public LaneClaim<T> Claim(int count)
    {
        _producer.AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_modes == DeliveryModes.None)
            return new LaneClaim<T>(this, 0, [], PublishOutcome.NotSubscribed);
        if ((_modes & DeliveryModes.Closed) != 0)
            return new LaneClaim<T>(this, 0, [], PublishOutcome.Stopped);
        CloseFastPath();
        long number = ++_claimNumber;
        ClaimOutcome claim = Claim(count, mayWait: true, out long position, out int granted);
        return claim == ClaimOutcome.Claimed
            ? new LaneClaim<T>(this, number, _buffer.Slice(position, granted), PublishOutcome.Published)
            : new LaneClaim<T>(this, 0, [], OutcomeOf(claim));
    }

    int ISubscriptionListener.ProducerId => _producer.Info.Id;

    void ISubscriptionListener.OnModesChanged(DeliveryModes modes)
    {
        _modes = modes;
        // Keeps the modes before the null; partner: the fence in OpenFastPath.
        Interlocked.MemoryBarrier();
        CloseFastPath();
    }

    /// <summary>Whether a claim is the one that may be published now.</summary>
    public bool IsClaimed(long number) => number == _claimNumber;

    /// <summary>Publishes slots that have been claimed and filled: at least one.</summary>
    public PublishResult PublishClaimed(long number, ReadOnlySpan<T> events)
    {
        if (number != _claimNumber)
            return RefuseStale(events.Length);
        _claimNumber = number + 1;
        if ((_modes & (DeliveryModes.Inline | DeliveryModes.Closed)) != 0)
            return PublishClaimedUncommon(events);
        int kept = Publish(Producer.Cursor, events.Length);
        return kept == events.Length ? new PublishResult(kept, PublishOutcome.Published) : new PublishResult(kept, PublishOutcome.Stopped);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishResult RefuseStale(int count)
    {
        CountRejected(count);
        return new PublishResult(0, PublishOutcome.Stale);
    }

    // An inline handler may itself publish into this lane and so use the claimed slots: what was filled in is copied
    // out of the ring before the handlers see it, and goes in again behind what they published.
    private PublishResult PublishClaimedUncommon(ReadOnlySpan<T> events)
    {
        DeliveryModes modes = _modes;
        if ((modes & DeliveryModes.Closed) != 0)
            return new PublishResult(0, PublishOutcome.Stopped);
        T[] copy = ArrayPool<T>.Shared.Rent(events.Length);
        try
        {
            events.CopyTo(copy);
            return DeliverInline(copy.AsSpan(0, events.Length), modes)
                ? PublishToRing(copy.AsSpan(0, events.Length))
                : new PublishResult(events.Length, PublishOutcome.Published);
        }
        finally
        {
            ArrayPool<T>.Shared.Return(copy);
        }
    }

    private protected override void EndStall(long ticks)
    {
        base.EndStall(ticks);
        _producer.TraceStall(EventType, ticks);
    }

    private PublishResult PublishToRing(ReadOnlySpan<T> events)
    {
        CloseFastPath();
        _claimNumber++;
        int accepted = 0;
        while (accepted < events.Length)
        {
            ReadOnlySpan<T> rest = events[accepted..];
            ClaimOutcome claim = Claim(rest.Length, mayWait: true, out long position, out int granted);
            if (claim != ClaimOutcome.Claimed)
                return new PublishResult(accepted, OutcomeOf(claim, accepted));
            _buffer.CopyIn(position, rest[..granted]);
            int kept = Publish(position, granted);
            accepted += kept;
            if (kept < granted)
                return new PublishResult(accepted, PublishOutcome.Stopped);
        }

        return new PublishResult(accepted, PublishOutcome.Published);
    }

    /// <summary>Lets the next events go by the fast path: those that fit before the limit and before the ring wraps.</summary>
    private void OpenFastPath()
    {
        long position = Producer.Cursor;
        long offset = position & _mask;
        _next = _slots + offset;
        _fastEnd = _next + Math.Min(Producer.Limit - position, Capacity - offset);
        // Keeps _fastEnd before the look at the modes; partner: the fence in OnModesChanged.
        Interlocked.MemoryBarrier();
        if (_modes != DeliveryModes.Dispatched)
            CloseFastPath();
    }

    private void CloseFastPath() => _fastEnd = null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishOutcome AfterPublishLast() =>
        AfterPublish(Producer.Cursor - 1, 1) == 0 ? PublishOutcome.Stopped : PublishOutcome.Published;

    /// <summary>Calls the inline handlers. Returns whether the events have to go into the ring as well.</summary>
    private bool DeliverInline(ReadOnlySpan<T> events, DeliveryModes modes)
    {
        if ((modes & DeliveryModes.Inline) != 0)
            _inline.Deliver(events, Producer.Cursor + Producer.DroppedIncoming + _inlineOnly.Value + _inlineBase);
        if ((modes & DeliveryModes.Dispatched) != 0)
            return true;
        Volatile.Write(ref _inlineOnly.Value, _inlineOnly.Value + events.Length);
        return false;
    }

    private PublishOutcome OutcomeOf(ClaimOutcome claim, int accepted = 0) =>
        LaneErrors.OutcomeOf(claim, EventType, _producer.Info, accepted);
}
