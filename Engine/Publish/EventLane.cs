using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>
/// The single-producer ring of one event type for one producer, seen from the producer. Only the producer's thread may
/// publish; Debug builds throw where another one does. Publishing does not allocate, takes no lock, and blocks only
/// where the overflow policy is <c>Wait</c> and the ring is full.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed unsafe class EventLane<T> : ISubscriptionListener
    where T : unmanaged, IEvent<T>
{
    // Read on every publish, written when subscriptions change.
    private volatile DeliveryModes _modes;
    private readonly T* _slots;
    private readonly long _mask;
    private readonly SingleProducerSequencer _sequencer;
    private readonly RingBuffer<T> _buffer;
    private readonly ProducerState _producer;
    private readonly InlineDelivery<T> _inline;

    // Written by the producer: events that only inline handlers wanted, and that never entered the ring.
    private PaddedInt64 _inlineOnly;

    internal EventLane(
        RingBuffer<T> buffer, SingleProducerSequencer sequencer, SubscriptionRegistry<T> registry, ProducerState producer)
    {
        _buffer = buffer;
        _slots = buffer.Slots;
        _mask = buffer.Mask;
        _sequencer = sequencer;
        _producer = producer;
        _inline = new InlineDelivery<T>(registry, producer);
        EventType = registry.Descriptor;
    }

    /// <summary>The event type, with the lane's capacity and overflow policy.</summary>
    public EventDescriptor EventType { get; }

    /// <summary>Slots of the ring.</summary>
    public int Capacity => _buffer.Capacity;

    /// <summary>Whether anybody is subscribed. One load; test it before building an event.</summary>
    public bool IsEnabled
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _modes != DeliveryModes.None;
    }

    /// <summary>Whether an inline handler waits for events of this type. One load.</summary>
    public bool HasInlineSubscribers
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_modes & DeliveryModes.Inline) != 0;
    }

    /// <summary>What became of the events published so far. May be read from any thread; exact when the lane is at rest.</summary>
    public RingLedger Ledger
    {
        get
        {
            long inlineOnly = InlineOnlyCount;
            RingLedger ring = _sequencer.Ledger;
            return ring with { Published = ring.Published + inlineOnly, Dispatched = ring.Dispatched + inlineOnly };
        }
    }

    internal long InlineOnlyCount => Volatile.Read(ref _inlineOnly.Value);

    /// <summary>Publishes one event.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidOperationException">The engine has been stopped or the producer disposed; or the ring is full, has to wait, and the engine has not been started.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PublishOutcome Publish(in T @event)
    {
        _producer.AssertOwner();
        DeliveryModes modes = _modes;
        if (modes != DeliveryModes.Dispatched)
            return modes == DeliveryModes.None ? PublishOutcome.NotSubscribed : PublishUncommon(@event, mayWait: true);

        SingleProducerSequencer sequencer = _sequencer;
        long position = sequencer.Producer.Cursor;
        if (position >= sequencer.Producer.Limit)
            return PublishToRing(@event, mayWait: true);

        _slots[position & _mask] = @event;
        return sequencer.CommitIsSignalled(position + 1) ? AfterPublish(position) : PublishOutcome.Published;
    }

    /// <summary>Publishes one event without ever blocking: where <see cref="Publish(in T)"/> would wait, the event is rejected.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidOperationException">The engine has been stopped or the producer disposed.</exception>
    public PublishOutcome TryPublish(in T @event)
    {
        _producer.AssertOwner();
        return _modes == DeliveryModes.Dispatched
            ? PublishToRing(@event, mayWait: false)
            : PublishUncommon(@event, mayWait: false);
    }

    /// <summary>
    /// Publishes several events in order, with one look at the ring and one store of the cursor per run that fits.
    /// </summary>
    /// <param name="events">The events; they are copied.</param>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    /// <exception cref="InvalidOperationException">As for <see cref="Publish(in T)"/>.</exception>
    public PublishResult Publish(ReadOnlySpan<T> events)
    {
        _producer.AssertOwner();
        if (_modes != DeliveryModes.Dispatched)
        {
            if (_modes == DeliveryModes.None)
                return new PublishResult(0, PublishOutcome.NotSubscribed);
            if (!DeliverInline(events))
                return new PublishResult(events.Length, PublishOutcome.Published);
        }

        return PublishToRing(events);
    }

    /// <summary>
    /// Claims slots to fill in place, without a copy. The claim holds up to <paramref name="count"/> events, at least
    /// one, and none where nobody is subscribed or the ring is full and does not wait. Nothing is visible before
    /// <see cref="LaneClaim{T}.Publish()"/>; a claim that is not published leaves no trace. Publish or give up a claim before the next
    /// use of the lane.
    /// </summary>
    /// <param name="count">Slots wanted, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Publish(in T)"/>.</exception>
    public LaneClaim<T> Claim(int count = 1)
    {
        _producer.AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_modes == DeliveryModes.None)
            return new LaneClaim<T>(this, 0, [], PublishOutcome.NotSubscribed);
        ThrowIfClosed();
        ClaimOutcome claim = _sequencer.Claim(count, mayWait: true, out long position, out int granted);
        return claim == ClaimOutcome.Claimed
            ? new LaneClaim<T>(this, position, _buffer.Slice(position, granted), PublishOutcome.Published)
            : new LaneClaim<T>(this, 0, [], OutcomeOf(claim));
    }

    void ISubscriptionListener.OnModesChanged(DeliveryModes modes) => _modes = modes;

    internal void PublishClaimed(long position, ReadOnlySpan<T> events)
    {
        if (events.IsEmpty)
            return;
        if ((_modes & (DeliveryModes.Inline | DeliveryModes.Closed)) != 0)
        {
            PublishClaimedUncommon(events);
            return;
        }

        int kept = _sequencer.Publish(position, events.Length);
        if (kept < events.Length)
            throw LaneErrors.Closed(EventType, _producer.Info, kept);
    }

    // The slow paths take the event by value: a caller's local whose address escapes would live in memory, and
    // copying it field by field and out as a whole is a store-forwarding stall per event.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishOutcome PublishUncommon(T @event, bool mayWait)
    {
        if (_modes == DeliveryModes.None)
            return PublishOutcome.NotSubscribed;
        return DeliverInline(MemoryMarshal.CreateReadOnlySpan(in @event, 1))
            ? PublishToRing(@event, mayWait)
            : PublishOutcome.Published;
    }

    // An inline handler may itself publish into this lane and so use the claimed slots: what was filled in is copied
    // out of the ring before the handlers see it, and goes in again behind what they published.
    private void PublishClaimedUncommon(ReadOnlySpan<T> events)
    {
        ThrowIfClosed();
        T[] copy = ArrayPool<T>.Shared.Rent(events.Length);
        try
        {
            events.CopyTo(copy);
            if (DeliverInline(copy.AsSpan(0, events.Length)))
                PublishToRing(copy.AsSpan(0, events.Length));
        }
        finally
        {
            ArrayPool<T>.Shared.Return(copy);
        }
    }

    private PublishResult PublishToRing(ReadOnlySpan<T> events)
    {
        int accepted = 0;
        while (accepted < events.Length)
        {
            ReadOnlySpan<T> rest = events[accepted..];
            ClaimOutcome claim = _sequencer.Claim(rest.Length, mayWait: true, out long position, out int granted);
            if (claim != ClaimOutcome.Claimed)
                return new PublishResult(accepted, OutcomeOf(claim, accepted));
            _buffer.CopyIn(position, rest[..granted]);
            int kept = _sequencer.Publish(position, granted);
            accepted += kept;
            if (kept < granted)
                throw LaneErrors.Closed(EventType, _producer.Info, accepted);
        }

        return new PublishResult(accepted, PublishOutcome.Published);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishOutcome PublishToRing(T @event, bool mayWait)
    {
        ClaimOutcome claim = _sequencer.Claim(1, mayWait, out long position, out _);
        if (claim != ClaimOutcome.Claimed)
            return OutcomeOf(claim);
        _slots[position & _mask] = @event;
        return _sequencer.CommitIsSignalled(position + 1) ? AfterPublish(position) : PublishOutcome.Published;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishOutcome AfterPublish(long position)
    {
        if (_sequencer.AfterPublish(position, 1) == 0)
            throw LaneErrors.Closed(EventType, _producer.Info, 0);
        return PublishOutcome.Published;
    }

    /// <summary>Calls the inline handlers. Returns whether the events have to go into the ring as well.</summary>
    private bool DeliverInline(ReadOnlySpan<T> events)
    {
        ThrowIfClosed();
        DeliveryModes modes = _modes;
        if ((modes & DeliveryModes.Inline) != 0)
        {
            RingLedger ring = _sequencer.Ledger;
            _inline.Deliver(events, ring.Published + _inlineOnly.Value);
        }

        if ((modes & DeliveryModes.Dispatched) != 0)
            return true;
        Volatile.Write(ref _inlineOnly.Value, _inlineOnly.Value + events.Length);
        return false;
    }

    private void ThrowIfClosed()
    {
        if ((_modes & DeliveryModes.Closed) != 0)
            throw LaneErrors.Closed(EventType, _producer.Info, 0);
    }

    private PublishOutcome OutcomeOf(ClaimOutcome claim, int accepted = 0) =>
        LaneErrors.OutcomeOf(claim, EventType, _producer.Info, accepted);
}
