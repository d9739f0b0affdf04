using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>
/// The single-producer ring of one event type for one producer, seen from the producer: a handle of one reference, to
/// be kept in a field. Only the producer's thread may publish; Debug builds throw where another one does. Publishing
/// does not allocate, takes no lock, and blocks only where the overflow policy is <c>Wait</c> and the ring is full.
/// The default value is no lane; using it throws <see cref="NullReferenceException"/>.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[DebuggerDisplay("{EventType.Name,nq}: {Ledger}")]
public readonly struct EventLane<T>
    where T : unmanaged, IEvent<T>
{
    private readonly LaneCore<T> _core;

    internal EventLane(LaneCore<T> core) => _core = core;

    /// <summary>The event type, with the lane's capacity and overflow policy.</summary>
    public EventDescriptor EventType => _core.EventType;

    /// <summary>Slots of the ring.</summary>
    public int Capacity => _core.Capacity;

    /// <summary>
    /// Whether anybody is subscribed, and gets what is published. One load; test it before building an event. False once the engine has
    /// been stopped or the producer disposed.
    /// </summary>
    public bool IsEnabled
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _core.Modes > DeliveryModes.None;
    }

    /// <summary>
    /// Whether an inline handler waits for each event of this type before the machine goes on. A merging subscription does not. One load.
    /// </summary>
    public bool HasInlineSubscribers
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_core.Modes & (DeliveryModes.EachEvent | DeliveryModes.Closed)) == DeliveryModes.EachEvent;
    }

    /// <summary>What became of the events published so far. May be read from any thread; exact when the lane is at rest.</summary>
    public RingLedger Ledger
    {
        get
        {
            long inlineOnly = _core.InlineOnlyCount;
            RingLedger ring = _core.Ledger;
            return ring with { Published = ring.Published + inlineOnly, Dispatched = ring.Dispatched + inlineOnly };
        }
    }

    /// <summary>The lane itself.</summary>
    internal IPositionedLane Positioned => _core;

    /// <summary>The sequence of the next event that goes into the ring. On the producer's thread.</summary>
    internal long NextSequence => _core.NextSequence;

    /// <summary>Publishes one event.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidOperationException">The ring is full, has to wait, and the engine has not been started.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PublishOutcome Publish(in T @event) => _core.Publish(@event);

    /// <summary>A way to publish one by one for a loop that does little else; see <see cref="LaneWriter{T}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LaneWriter<T> OpenWriter() => new(_core);

    /// <summary>Publishes one event without ever blocking: where <see cref="Publish(in T)"/> would wait, the event is rejected.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    public PublishOutcome TryPublish(in T @event) => _core.PublishSlow(@event, mayWait: false);

    /// <summary>
    /// Publishes several events in order, with one look at the ring and one store of the cursor per run that fits.
    /// </summary>
    /// <param name="events">The events; they are copied.</param>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    /// <exception cref="InvalidOperationException">As for <see cref="Publish(in T)"/>.</exception>
    public PublishResult PublishBatch(ReadOnlySpan<T> events) => _core.PublishBatch(events);

    /// <summary>
    /// Claims slots to fill in place, without a copy. The claim holds up to <paramref name="count"/> events, at least
    /// one, and none where nobody is subscribed or the ring is full and does not wait. Nothing is visible before
    /// <see cref="LaneClaim{T}.Publish()"/>; a claim that is not published leaves no trace. Publish or give up a claim
    /// before the next use of the lane.
    /// </summary>
    /// <param name="count">Slots wanted, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Publish(in T)"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe LaneClaim<T> Claim(int count = 1)
    {
        PublishOutcome outcome = _core.Claim(count, out long number, out T* slots, out int granted);
        return new LaneClaim<T>(_core, number, slots, granted, outcome);
    }
}
