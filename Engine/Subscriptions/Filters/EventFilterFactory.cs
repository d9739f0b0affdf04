using Engine.Events;

namespace Engine.Subscriptions.Filters;

/// <summary>Tests one event.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="event">The event.</param>
public delegate bool EventPredicate<T>(in T @event)
    where T : IEvent<T>;

/// <summary>Makes common filters.</summary>
public static class EventFilter
{
    /// <summary>Passes events for which the predicate is true. Asked for each event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="predicate">The test.</param>
    public static EventFilter<T> Where<T>(EventPredicate<T> predicate)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new PredicateFilter<T>(predicate);
    }

    /// <summary>Passes the events of one producer. Asked once per batch.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="producerId">Id of the producer.</param>
    public static EventFilter<T> FromProducer<T>(int producerId)
        where T : IEvent<T> =>
        new ProducerFilter<T>(producerId);
}
