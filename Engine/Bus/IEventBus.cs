using Engine.Events;
using Engine.Publish;

namespace Engine.Bus;

/// <summary>
/// Carries events from publishers to handlers by type and by name. Several buses may stand side by side; events of one
/// are unknown to the others. All members are thread-safe.
/// </summary>
public interface IEventBus
{
    /// <summary>The bus's name.</summary>
    string Name { get; }

    /// <summary>
    /// Publishes an event: its handlers run on this thread, in descending order of priority, before the call returns.
    /// Allocates nothing. What a handler throws is counted and reported and does not come back to the publisher.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <returns><see cref="PublishOutcome.Published"/>, or <see cref="PublishOutcome.NotSubscribed"/> if nobody wants it.</returns>
    /// <exception cref="EventLoopException">Handlers publish events too deep, and so probably in a loop.</exception>
    PublishOutcome Publish<T>(in T @event)
        where T : IEvent<T>;

    /// <summary>Publishes an event with ids of the publisher's own; otherwise as the overload without.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    PublishOutcome Publish<T>(in T @event, in EventIds ids)
        where T : IEvent<T>;

    /// <summary>Subscribes to an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler; it may be called from several threads at once.</param>
    /// <param name="options">How it is delivered.</param>
    BusSubscription Subscribe<T>(BusAction<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <inheritdoc cref="Subscribe{T}(BusAction{T}, BusSubscriptionOptions{T}?)"/>
    BusSubscription Subscribe<T>(IBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <summary>Subscribes to all event types whose names match a pattern, those included that the bus meets later.</summary>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">The handler; it may be called from several threads at once.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    BusSubscription Subscribe(string pattern, IAnyEventHandler handler, BusSubscriptionOptions? options = null);

    /// <summary>Ends a subscription, as <see cref="BusSubscription.Dispose"/> does.</summary>
    /// <param name="subscriptionId">Its id.</param>
    /// <returns>Whether there was an active subscription of that id.</returns>
    bool Unsubscribe(long subscriptionId);

    /// <summary>Reads all counters. Allocates; delays no publisher.</summary>
    EventBusStatistics GetStatistics();
}
