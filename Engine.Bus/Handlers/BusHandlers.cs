using Engine.Events;

namespace Engine.Bus;

/// <summary>Handles events of one type from a bus.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="event">The event.</param>
/// <param name="context">What is known beside the payload; valid during the call only.</param>
public delegate void BusAction<T>(in T @event, EventContext context)
    where T : IEvent<T>;

/// <summary>Handles events of one type from a bus. May be called from several threads at once.</summary>
/// <typeparam name="T">The event type.</typeparam>
public interface IBusHandler<T>
    where T : IEvent<T>
{
    /// <summary>Handles one event. An exception is counted and reported; the other handlers still get the event.</summary>
    /// <param name="event">The event.</param>
    /// <param name="context">What is known beside the payload; valid during the call only.</param>
    void Handle(in T @event, EventContext context);
}

/// <summary>Handles events of any type from a bus, without boxing. May be called from several threads at once.</summary>
public interface IBusAnyHandler
{
    /// <summary>Handles one event. An exception is counted and reported; the other handlers still get the event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="context">What is known beside the payload; valid during the call only.</param>
    void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T>;
}
