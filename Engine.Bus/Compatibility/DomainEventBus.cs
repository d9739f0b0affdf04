using Engine.Bus;
using Engine.Events;
using Engine.Publish;

namespace Engine.Compatibility;

/// <summary>
/// The older synchronous bus, as an adapter of <see cref="IEventBus"/>: code that still uses it and code that has moved
/// on share one bus. Handlers run on the publisher's thread, in descending order of priority, before publishing
/// returns; one that fails is tried again only if the options of the bus say so. All members are thread-safe.
/// </summary>
[Obsolete(ObsoleteHints.DomainBus, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed class DomainEventBus
{
    private readonly LegacySubscriptions _subscriptions;
    private readonly BusTopic<LegacyEvent> _topic;
    private readonly TimeProvider _time;

    /// <summary>Makes an adapter with a bus of its own.</summary>
    public DomainEventBus()
        : this(new EventBus("domain-events"))
    {
    }

    /// <summary>Makes an adapter of a bus. Adapters of one bus share their subscriptions.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="timeProvider">The clock for typed events that old handlers get; by default the system's.</param>
    public DomainEventBus(IEventBus bus, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        Bus = bus;
        _topic = bus.GetTopic<LegacyEvent>();
        _subscriptions = LegacySubscriptions.Of(bus);
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <summary>The bus behind it: for code that has moved on.</summary>
    public IEventBus Bus { get; }

    /// <summary>
    /// Old subscriptions that are active, those made by other adapters of the bus included. Becomes
    /// <c>IEventBus.GetStatistics().Subscriptions</c>.
    /// </summary>
    public int SubscriptionCount => _subscriptions.Count(null);

    /// <summary>Publishes an event to the handlers of its name. Becomes <c>IEventBus.Publish</c> of a typed event.</summary>
    /// <param name="event">The event.</param>
    /// <returns><see cref="PublishOutcome.NotSubscribed"/> if no handler at all is subscribed to old events.</returns>
    /// <exception cref="EventLoopException">Handlers publish events too deep, and so probably in a loop.</exception>
    public PublishOutcome Publish(IDomainEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return _topic.Publish(new LegacyEvent(@event));
    }

    /// <summary>
    /// Publishes an event that is of both kinds, as a typed one: handlers of its type get it, and old handlers of its name.
    /// Becomes <c>IEventBus.Publish</c>.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <exception cref="EventLoopException">Handlers publish events too deep, and so probably in a loop.</exception>
    public PublishOutcome Publish<T>(in T @event)
        where T : IDomainEvent, IEvent<T> =>
        Bus.Publish(@event);

    /// <summary>
    /// Subscribes to events by their exact name. Typed events of that name come too: as they are where they implement
    /// <see cref="IDomainEvent"/>, otherwise as <see cref="TypedDomainEvent{T}"/>. Becomes <c>IEventBus.Subscribe&lt;T&gt;</c>.
    /// </summary>
    /// <param name="eventType">The name. Names that the new bus does not know the form of get old events only.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="filter">Which events of the name it gets; null for all.</param>
    /// <returns>An id for unsubscribing, also by <see cref="IEventBus.Unsubscribe"/>; that one does not wait for a handler that
    /// is running for a typed event.</returns>
    public long Subscribe(string eventType, IDomainEventHandler handler, IDomainEventFilter? filter = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eventType);
        ArgumentNullException.ThrowIfNull(handler);
        int priority = handler.Priority;
        var adapter = new LegacyHandler(handler, filter, _time);
        BusSubscription main = Bus.Subscribe(adapter, new BusSubscriptionOptions<LegacyEvent>
        {
            Name = eventType,
            Priority = priority,
            Filter = new LegacyFilter(eventType, filter),
            Mode = ProcessingMode.Sync,
        });
        adapter.Main = main;
        if (!EventNames.IsName(eventType))
            return _subscriptions.Add(eventType, [main], isAsync: false);
        BusSubscription typed = Bus.Subscribe(
            eventType, adapter, new BusSubscriptionOptions { Name = eventType, Priority = priority, Mode = ProcessingMode.Sync });
        return _subscriptions.Add(eventType, [main, typed], isAsync: false);
    }

    /// <summary>
    /// Ends a subscription to a name. When this returns on a thread that is not inside the handler, the handler is never called
    /// again. Becomes <see cref="IEventBus.Unsubscribe"/>.
    /// </summary>
    /// <param name="eventType">The name it was made for.</param>
    /// <param name="subscriptionId">Its id.</param>
    /// <returns>Whether there was an active subscription of that id for that name.</returns>
    public bool Unsubscribe(string eventType, long subscriptionId)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        return _subscriptions.Remove(subscriptionId, eventType);
    }

    /// <summary>Ends a subscription, whatever name it was made for. Becomes <see cref="IEventBus.Unsubscribe"/>.</summary>
    /// <param name="subscriptionId">Its id.</param>
    /// <returns>Whether there was an active subscription of that id.</returns>
    public bool UnsubscribeById(long subscriptionId) => _subscriptions.Remove(subscriptionId, null);

    /// <summary>Active old subscriptions to a name.</summary>
    /// <param name="eventType">The name.</param>
    public int GetSubscriptionCount(string eventType)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        return _subscriptions.Count(eventType);
    }
}
