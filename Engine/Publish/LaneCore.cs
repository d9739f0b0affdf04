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
/// Runs       The fast path is opened a run at a time, from one cache line up to a KiB, within the slots below _freeUntil.
///            One store into each line of the run goes out first: the lines are the consumer's from a ring ago, and so
///            the waits for them overlap instead of coming one after the other, as slot and cursor alternate in a
///            store buffer of some 60 entries. Only free slots are written, never beyond what DropOldest condemned.
///
/// Gate       Who changes the modes stores them, then a process-wide barrier, then _fastEnd = null. The producer, having
///            opened a run, looks at the modes again, without a fence. The barrier finds the producer before that
///            look, which then sees the change; or behind it, and then its store of _fastEnd is drained before the
///            null, which therefore stands. Without the barrier both could miss each other (StoreLoad), and the
///            producer would publish past an inline subscriber.
/// </code>
/// The model of the gate is <c>docs/design/models/gate.pml</c>.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[DebuggerDisplay("{EventType.Name,nq}, {Modes}: {Ledger}")]
internal sealed unsafe partial class LaneCore<T> : SingleProducerSequencer, ISubscriptionListener, IPositionedLane
    where T : unmanaged, IEvent<T>
{
    // About eight lines are what a store buffer overlaps by itself; beyond some KiB the first lines of a run may have gone again.
    private const int LongestRunBytes = 1024;
    private const int LineBytes = 64;

    private readonly T* _slots;
    private readonly long _mask;

    // Written by the producer; _fastEnd is set to null by whoever changes the modes.
    private T* _next;
    private volatile T* _fastEnd;

    // Written by the producer. The slots of the positions from the cursor up to this one are free and lie side by side: that stays so
    // whatever else the producer publishes, and where the cursor has passed it there are none.
    private long _freeUntil;
    private int _run = ShortestRun;

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

    /// <summary>What became of the event that was published last for a writer.</summary>
    public PublishOutcome WriterOutcome { get; private set; }

    /// <summary>Where no slot is: behind every run.</summary>
    public static T* NoSlot => (T*)nuint.MaxValue;

    private static int ShortestRun => Math.Max(1, LineBytes / sizeof(T));

    private static int LongestRun => Math.Max(1, LongestRunBytes / sizeof(T));

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
            return _modes == DeliveryModes.None ? PublishOutcome.NotSubscribed : PublishUncommon(@event);

        *slot = @event;
        _next = slot + 1;
        return CommitIsSignalled(Producer.Cursor + 1) ? AfterPublishLast() : PublishOutcome.Published;
    }

    // For loops in which a breakpoint is armed: what it does not want is sorted out before anything else is done. By value, as PublishSlow.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public PublishOutcome PublishUncommon(T @event)
    {
        DeliveryModes modes = _modes;
        if ((modes & (DeliveryModes.EachEvent | DeliveryModes.Closed)) != DeliveryModes.EachEvent || !_inline.IsUnwanted(@event))
            return PublishSlow(@event, mayWait: true);
        _producer.AssertOwner();
        if ((modes & DeliveryModes.Dispatched) != 0)
            return PublishPastInline(@event, mayWait: true);
        Volatile.Write(ref _inlineOnly.Value, _inlineOnly.Value + 1);
        return PublishOutcome.Published;
    }

    // Takes the event by value: a caller's local whose address escapes would live in memory, and copying it field by
    // field and out as a whole is a store-forwarding stall per event.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public PublishOutcome PublishSlow(T @event, bool mayWait)
    {
        _producer.AssertOwner();
        DeliveryModes modes = _modes;
        if (modes == DeliveryModes.Dispatched && Producer.Cursor < _freeUntil)
            return PublishFirstOfRun(@event);
        if (modes == DeliveryModes.None)
            return PublishOutcome.NotSubscribed;
        if ((modes & DeliveryModes.Closed) != 0)
            return PublishOutcome.Stopped;
        if (modes == DeliveryModes.Dispatched)
            return PublishToRing(@event, mayWait);
        bool isStopRequested = DeliverInline(MemoryMarshal.CreateReadOnlySpan(in @event, 1), modes);
        if ((modes & DeliveryModes.Dispatched) == 0)
            return isStopRequested ? PublishOutcome.StopRequested : PublishOutcome.Published;
        PublishOutcome outcome = PublishPastInline(@event, mayWait);
        return isStopRequested ? PublishOutcome.StopRequested : outcome;
    }

    private PublishOutcome PublishPastInline(in T @event, bool mayWait) =>
        Producer.Cursor < _freeUntil ? PublishWithinRun(@event) : PublishToRing(@event, mayWait);

    private PublishOutcome PublishToRing(in T @event, bool mayWait)
    {
        _claimNumber++;
        ClaimOutcome claim = Claim(1, mayWait, out long position, out _);
        if (claim != ClaimOutcome.Claimed)
            return OutcomeOf(claim);
        _slots[position & _mask] = @event;
        bool isSignalled = CommitIsSignalled(position + 1);
        _freeUntil = position + Math.Min(Producer.Limit - position, Capacity - (position & _mask));
        OpenRun();
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
            return PublishInlineAndToRing(events, modes);
        }

        return PublishToRing(events);
    }

    int ISubscriptionListener.ProducerId => _producer.Info.Id;

    void ISubscriptionListener.OnModesChanged(DeliveryModes modes) => _modes = modes;

    void ISubscriptionListener.OnModesVisible() => _fastEnd = null;

    /// <summary>Whether a writer that is at a slot may fill it: it lies in the open run, and nothing else was published since.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayWrite(T* slot, long position)
    {
        _producer.AssertOwner();
        return slot < _fastEnd && Producer.Cursor == position;
    }

    /// <summary>Publishes a writer's event, opens a run where it can, and gives it to the writer.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public WriterPlace<T> PublishForWriter(T @event)
    {
        WriterOutcome = PublishSlow(@event, mayWait: true);
        T* next = _next;
        // What else is published on the lane opens a run of its own: _next stays behind from here on.
        _next = NoSlot;
        return new WriterPlace<T>(next, Producer.Cursor);
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

    /// <summary>Publishes into a slot that is known to be free, without opening the fast path.</summary>
    private PublishOutcome PublishWithinRun(in T @event)
    {
        _claimNumber++;
        long position = Producer.Cursor;
        _slots[position & _mask] = @event;
        return CommitIsSignalled(position + 1) ? AfterPublishLast() : PublishOutcome.Published;
    }

    private PublishOutcome PublishFirstOfRun(in T @event)
    {
        _claimNumber++;
        OpenRun();
        long position = Producer.Cursor;
        _slots[position & _mask] = @event;
        _next++;
        return CommitIsSignalled(position + 1) ? AfterPublishLast() : PublishOutcome.Published;
    }

    /// <summary>Lets the next run of free slots go by the fast path.</summary>
    private void OpenRun()
    {
        long position = Producer.Cursor;
        T* next = _slots + (position & _mask);
        T* end = next + Math.Min(_freeUntil - position, _run);
        TakeLines(next, end);
        _run = Math.Min(2 * _run, LongestRun);
        _next = next;
        _fastEnd = end;
        // Behind the store of _fastEnd, as volatile accesses are compiled; partner: the barrier before OnModesVisible.
        if (_modes != DeliveryModes.Dispatched)
            CloseFastPath();
    }

    /// <summary>Stores into each cache line that begins in a run, so that all of them are on their way.</summary>
    private static void TakeLines(T* next, T* end)
    {
        for (byte* line = (byte*)(((nuint)next + LineBytes - 1) & ~(nuint)(LineBytes - 1)); line < end; line += LineBytes)
            *line = 0;
    }

    private void CloseFastPath() => _fastEnd = null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public PublishOutcome AfterPublishLast()
    {
        // The dispatcher had nothing to do: where traffic is thin, lines that are taken ahead are taken for nothing.
        _run = ShortestRun;
        return AfterPublish(Producer.Cursor - 1, 1) == 0 ? PublishOutcome.Stopped : PublishOutcome.Published;
    }

    private PublishResult PublishInlineAndToRing(ReadOnlySpan<T> events, DeliveryModes modes)
    {
        bool isStopRequested = DeliverInline(events, modes);
        PublishResult result = (modes & DeliveryModes.Dispatched) != 0
            ? PublishToRing(events)
            : new PublishResult(events.Length, PublishOutcome.Published);
        return isStopRequested ? result with { Outcome = PublishOutcome.StopRequested } : result;
    }

    /// <summary>
    /// Calls the inline handlers, and counts the events if they go nowhere else. Returns whether a handler asked the publisher to stop.
    /// </summary>
    private bool DeliverInline(ReadOnlySpan<T> events, DeliveryModes modes)
    {
        bool isStopRequested = false;
        if ((modes & DeliveryModes.Inline) != 0)
            isStopRequested = _inline.Deliver(events, Producer.Cursor + Producer.DroppedIncoming + _inlineOnly.Value + _inlineBase);
        if ((modes & DeliveryModes.Dispatched) == 0)
            Volatile.Write(ref _inlineOnly.Value, _inlineOnly.Value + events.Length);
        return isStopRequested;
    }

    private PublishOutcome OutcomeOf(ClaimOutcome claim, int accepted = 0) =>
        LaneErrors.OutcomeOf(claim, EventType, _producer.Info, accepted);
}
