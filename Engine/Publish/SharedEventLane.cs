using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>
/// The multi-producer ring of one event type, for threads without a producer of their own. All members are thread-safe.
/// An event costs an atomic operation; a thread that publishes much is better off with an <see cref="EventProducer"/>.
/// Publishing does not allocate, takes no lock, and blocks only where the overflow policy is <c>Wait</c> and the ring is full.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[DebuggerDisplay("{EventType.Name,nq}, shared: {Ledger}")]
public sealed class SharedEventLane<T> : ISubscriptionListener
    where T : unmanaged, IEvent<T>
{
    private volatile DeliveryModes _modes;
    private readonly RingBuffer<T> _buffer;
    private readonly SharedLaneSequencer _sequencer;
    private readonly ProducerState _producer;
    private readonly InlineDelivery<T> _inline;

    // Written by every thread that publishes while there are inline handlers.
    private PaddedInt64 _inlineCount;
    private long _inlineOnly;

    internal SharedEventLane(
        RingBuffer<T> buffer, SharedLaneSequencer sequencer, SubscriptionRegistry<T> registry, ProducerState producer)
    {
        _buffer = buffer;
        _sequencer = sequencer;
        _producer = producer;
        _inline = new InlineDelivery<T>(registry, producer);
        EventType = registry.Descriptor;
    }

    /// <summary>The event type, with the lane's capacity and overflow policy.</summary>
    public EventDescriptor EventType { get; }

    /// <summary>Slots of the ring.</summary>
    public int Capacity => _buffer.Capacity;

    /// <summary>
    /// Whether anybody is subscribed, and gets what is published. One load; test it before building an event. False once the engine has
    /// been stopped.
    /// </summary>
    public bool IsEnabled
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _modes > DeliveryModes.None;
    }

    /// <summary>What became of the events published so far; exact when the lane is at rest.</summary>
    public RingLedger Ledger
    {
        get
        {
            long inlineOnly = Volatile.Read(ref _inlineOnly);
            RingLedger ring = _sequencer.Ledger;
            return ring with { Published = ring.Published + inlineOnly, Dispatched = ring.Dispatched + inlineOnly };
        }
    }

    internal long InlineOnlyCount => Volatile.Read(ref _inlineOnly);

    /// <summary>Publishes one event.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidOperationException">The ring is full, has to wait, and the engine has not been started.</exception>
    public PublishOutcome Publish(in T @event) => Publish(@event, mayWait: true);

    /// <summary>Publishes one event without ever blocking: where <see cref="Publish(in T)"/> would wait, the event is rejected.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    public PublishOutcome TryPublish(in T @event) => Publish(@event, mayWait: false);

    /// <summary>Publishes several events. They stay in order; other threads' events may come between runs.</summary>
    /// <param name="events">The events; they are copied.</param>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    /// <exception cref="InvalidOperationException">As for <see cref="Publish(in T)"/>.</exception>
    public PublishResult PublishBatch(ReadOnlySpan<T> events)
    {
        DeliveryModes modes = _modes;
        if (modes == DeliveryModes.None)
            return new PublishResult(0, PublishOutcome.NotSubscribed);
        if ((modes & DeliveryModes.Closed) != 0)
            return new PublishResult(0, PublishOutcome.Stopped);
        return modes == DeliveryModes.Dispatched
            ? PublishToRing(events, mayWait: true)
            : PublishInlineAndToRing(events, modes, mayWait: true);
    }

    int ISubscriptionListener.ProducerId => _producer.Info.Id;

    void ISubscriptionListener.OnModesChanged(DeliveryModes modes) => _modes = modes;

    void ISubscriptionListener.OnModesVisible()
    {
    }

    private PublishOutcome Publish(in T @event, bool mayWait)
    {
        DeliveryModes modes = _modes;
        if (modes == DeliveryModes.None)
            return PublishOutcome.NotSubscribed;
        if ((modes & DeliveryModes.Closed) != 0)
            return PublishOutcome.Stopped;
        ReadOnlySpan<T> events = MemoryMarshal.CreateReadOnlySpan(in @event, 1);
        return modes == DeliveryModes.Dispatched
            ? PublishToRing(events, mayWait).Outcome
            : PublishInlineAndToRing(events, modes, mayWait).Outcome;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishResult PublishInlineAndToRing(ReadOnlySpan<T> events, DeliveryModes modes, bool mayWait)
    {
        bool isStopRequested = false;
        if ((modes & DeliveryModes.Inline) != 0)
            isStopRequested = _inline.Deliver(events, Interlocked.Add(ref _inlineCount.Value, events.Length) - events.Length);
        var result = new PublishResult(events.Length, PublishOutcome.Published);
        if ((modes & DeliveryModes.Dispatched) != 0)
            result = PublishToRing(events, mayWait);
        else
            Interlocked.Add(ref _inlineOnly, events.Length);
        return isStopRequested ? result with { Outcome = PublishOutcome.StopRequested } : result;
    }

    private PublishResult PublishToRing(ReadOnlySpan<T> events, bool mayWait)
    {
        int accepted = 0;
        while (accepted < events.Length)
        {
            ReadOnlySpan<T> rest = events[accepted..];
            ClaimOutcome claim = _sequencer.Claim(rest.Length, mayWait, out long position, out int granted);
            if (claim != ClaimOutcome.Claimed)
                return new PublishResult(accepted, LaneErrors.OutcomeOf(claim, EventType, _producer.Info, accepted));
            _buffer.CopyIn(position, rest[..granted]);
            _sequencer.Publish(position, granted);
            accepted += granted;
        }

        return new PublishResult(accepted, PublishOutcome.Published);
    }
}
