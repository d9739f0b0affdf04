using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>Handles single events of an engine. The references are valid during the call only.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="event">The event.</param>
/// <param name="envelope">What is known beside the payload.</param>
public delegate void EventAction<T>(in T @event, in Envelope envelope)
    where T : unmanaged, IEvent<T>;

/// <summary>Handles batches of consecutive events of an engine. The span points into the ring and is valid during the call only.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="events">The events, oldest first, at least one.</param>
/// <param name="envelope">What is known beside the payload; its sequence is that of the first event.</param>
public delegate void BatchAction<T>(ReadOnlySpan<T> events, in Envelope envelope)
    where T : unmanaged, IEvent<T>;

/// <summary>Is told of lost events, before the next event the subscription gets.</summary>
/// <param name="notice">What was lost.</param>
public delegate void LossAction(in LossNotice notice);

/// <summary>
/// Handles single events of an engine. One subscription calls it from one thread at a time per lane; with several producers of one
/// event type calls for different producers may overlap if there are several dispatchers.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public interface IEventHandler<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>Handles one event. An exception is counted and reported, and delivery goes on with the next event.</summary>
    /// <param name="event">The event; valid during the call only.</param>
    /// <param name="envelope">What is known beside the payload.</param>
    void Handle(in T @event, in Envelope envelope);
}

/// <summary>
/// Handles batches of consecutive events of an engine: one call per batch, straight from the ring. Threads as for
/// <see cref="IEventHandler{T}"/>.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public interface IBatchHandler<T>
    where T : unmanaged, IEvent<T>
{
    /// <summary>Handles a batch. An exception is counted and reported; the rest of the batch is not offered again.</summary>
    /// <param name="events">The events, oldest first, at least one; valid during the call only.</param>
    /// <param name="envelope">What is known beside the payload; its sequence is that of the first event.</param>
    void Handle(ReadOnlySpan<T> events, in Envelope envelope);
}
