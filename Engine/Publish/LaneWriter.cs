using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Publish;

/// <summary>
/// Publishes one by one into a lane, for a loop that does little else: where it is in the ring stays in registers, so that an event
/// does not wait for the stores of the one before. Every event is visible at once, as with <see cref="EventLane{T}.Publish"/>,
/// which stays the simpler way and costs about a quarter more.
/// <code>
/// for (LaneWriter&lt;Tick&gt; writer = lane.OpenWriter(); ...; )
///     writer.Publish(new Tick(...));
/// </code>
/// Lives on the stack of the producer's thread; it holds nothing that would have to be given back. The lane may be used in other
/// ways between two of its events. A copy is a writer of its own. Does not allocate; blocks as the lane does.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public unsafe ref struct LaneWriter<T>
    where T : unmanaged, IEvent<T>
{
    private readonly LaneCore<T> _lane;
    private T* _next;
    private long _position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal LaneWriter(LaneCore<T> lane)
    {
        _lane = lane;
        _next = LaneCore<T>.NoSlot;
        _position = 0;
    }

    /// <summary>Publishes one event.</summary>
    /// <param name="event">The event; it is copied.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="InvalidOperationException">The ring is full, has to wait, and the engine has not been started.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PublishOutcome Publish(in T @event)
    {
        LaneCore<T> lane = _lane;
        T* slot = _next;
        long position = _position;
        if (!lane.MayWrite(slot, position))
        {
            // By value, so that nobody has the address of the fields or of a local: they would live in memory.
            WriterPlace<T> place = lane.PublishForWriter(@event);
            _next = place.Next;
            _position = place.Position;
            return lane.WriterOutcome;
        }

        *slot = @event;
        if (!lane.CommitIsSignalled(position + 1))
        {
            _next = slot + 1;
            _position = position + 1;
            return PublishOutcome.Published;
        }

        // Begins anew: a place that had to outlive the call would be kept in memory for every event.
        _next = LaneCore<T>.NoSlot;
        _position = 0;
        return lane.AfterPublishLast();
    }
}
