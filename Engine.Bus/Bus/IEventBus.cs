using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>
/// Carries events from publishers to handlers by type and by name. Several buses may stand side by side; events of one
/// are unknown to the others. All members are thread-safe.
/// </summary>
public interface IEventBus : IEventSource
{
    /// <summary>The bus's name.</summary>
    string Name { get; }

    /// <summary>Where the bus is in its life.</summary>
    LifecycleState State { get; }

    /// <summary>The handle of an event type, for who publishes it often. Cheap enough to be asked for anywhere, best kept.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <exception cref="InvalidOperationException">The event type's name is that of another one on this bus.</exception>
    BusTopic<T> GetTopic<T>()
        where T : IEvent<T>;

    /// <summary>
    /// Publishes an event. Handlers in sync mode run on this thread, in descending order of priority, before the call
    /// returns; for the others it is queued. What a handler throws is counted and reported and does not come back to the
    /// publisher. Allocates nothing in the steady state. Waits on this thread where a queue is full and its overflow policy is <c>Wait</c>;
    /// inside a handler it does not wait but refuses, because waiting there could wait for itself.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <returns><see cref="PublishOutcome.NotSubscribed"/> if nobody wants it; otherwise the worst that became of it at any
    /// subscription.</returns>
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

    /// <summary>
    /// Publishes an event; where a queue is full and its overflow policy is <c>Wait</c>, waits without a thread. Otherwise
    /// as <see cref="Publish{T}(in T, in EventIds)"/>.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    /// <param name="cancellationToken">Ends the wait. Subscriptions that had room have the event all the same.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    ValueTask<PublishOutcome> PublishAsync<T>(T @event, EventIds ids = default, CancellationToken cancellationToken = default)
        where T : IEvent<T>;

    /// <summary>
    /// Publishes bytes under a name that is known at run time only, to those who are subscribed to that name or to a pattern; they get
    /// a <see cref="NamedEvent"/>. Otherwise as <see cref="Publish{T}(in T, in EventIds)"/>. For bytes of events that have a type there is
    /// <c>VersionedBus.Publish</c>.
    /// </summary>
    /// <param name="name">The name, as of an event type. The bus keeps it; there are <see cref="EventBus.MaxNamedTopics"/> at most.</param>
    /// <param name="payload">The bytes. Not copied, and so not to be changed afterwards.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    /// <exception cref="ArgumentException">It is no event name.</exception>
    /// <exception cref="InvalidOperationException">It is the name of an event type on this bus, or there are too many names.</exception>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    PublishOutcome Publish(string name, ReadOnlyMemory<byte> payload, in EventIds ids = default);

    /// <summary>The handle of a topic whose name is known at run time only, for who publishes to it often.</summary>
    /// <param name="name">The name, as of an event type.</param>
    /// <exception cref="ArgumentException">It is no event name.</exception>
    /// <exception cref="InvalidOperationException">It is the name of an event type on this bus, or there are too many names.</exception>
    BusTopic<NamedEvent> GetTopic(string name);

    /// <summary>Subscribes to an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler. In sync mode it may be called from several threads at once.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    BusSubscription Subscribe<T>(BusAction<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <inheritdoc cref="Subscribe{T}(BusAction{T}, BusSubscriptionOptions{T}?)"/>
    /// <remarks>A handler that is of both kinds is called as a synchronous one, unless it decorates an asynchronous one.</remarks>
    [OverloadResolutionPriority(1)]
    BusSubscription Subscribe<T>(IBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <summary>
    /// Subscribes an asynchronous handler to an event type. It runs in async mode, or in batch or adaptive mode if that is asked for.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">
    /// Gets the event, what is known beside the payload, valid until the returned task is complete, and a token, cancelled when the
    /// subscription ends or the bus stops without waiting any longer. Otherwise as <see cref="IAsyncBusHandler{T}"/>.
    /// </param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or asks for a mode that the handler cannot run in.</exception>
    BusSubscription Subscribe<T>(Func<T, EventContext, CancellationToken, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <inheritdoc cref="Subscribe{T}(Func{T, EventContext, CancellationToken, ValueTask}, BusSubscriptionOptions{T}?)"/>
    BusSubscription Subscribe<T>(IAsyncBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <summary>Subscribes a handler of batches to an event type. It runs in batch mode.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">
    /// Gets the batch, valid until the returned task is complete, and a token, cancelled when the subscription ends or the bus stops
    /// without waiting any longer.
    /// </param>
    /// <param name="options">How it is delivered: batch size and longest wait among others.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or asks for another mode.</exception>
    BusSubscription SubscribeBatch<T>(Func<EventBatch<T>, CancellationToken, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <inheritdoc cref="SubscribeBatch{T}(Func{EventBatch{T}, CancellationToken, ValueTask}, BusSubscriptionOptions{T}?)"/>
    BusSubscription SubscribeBatch<T>(IBatchBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>;

    /// <summary>Subscribes to all event types whose names match a pattern, those included that the bus meets later.</summary>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">The handler. In sync mode it may be called from several threads at once.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    BusSubscription Subscribe(string pattern, IBusAnyHandler handler, BusSubscriptionOptions? options = null);

    /// <inheritdoc cref="Subscribe(string, IBusAnyHandler, BusSubscriptionOptions?)"/>
    BusSubscription Subscribe(string pattern, IAsyncBusAnyHandler handler, BusSubscriptionOptions? options = null);

    /// <summary>Ends a subscription, as <see cref="BusSubscription.Dispose"/> does.</summary>
    /// <param name="subscriptionId">Its id.</param>
    /// <returns>Whether there was an active subscription of that id.</returns>
    bool Unsubscribe(long subscriptionId);

    /// <summary>Begins to serve the queues. Before, handlers in sync mode run already, and events for others are queued.</summary>
    /// <exception cref="InvalidOperationException">The bus was started or stopped before.</exception>
    void Start();

    /// <summary>
    /// Stops the bus: from now on only handlers can publish; what is queued is handled, and what that leads to, and messages are
    /// handed out until all are settled. When the time is over, the tokens of running handlers are cancelled, what is still queued is
    /// discarded, publishers that wait for room and consumers are sent away, and all that is reported. A second call waits for the
    /// first, and makes it end as soon as either's time is over. A handler that waits for the stop of its own bus waits until then.
    /// </summary>
    /// <param name="timeout">
    /// How long to wait; null for as long as it takes. Then a message subscription that nobody reads is not waited for.
    /// </param>
    /// <param name="cancellationToken">Ends the wait as the end of the time does.</param>
    Task<BusStopReport> StopAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>Reads all counters. Allocates; delays no publisher.</summary>
    EventBusStatistics GetStatistics();

    IDisposable IEventSource.Observe<T>(BatchAction<T> handler, SubscriptionOptions<T>? options)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= SubscriptionOptions<T>.Default;
        if (options.NeedsEngine)
        {
            throw new ArgumentException(
                "A bus has no instructions: From, Until, Region and SkipsRepeats are an engine's.", nameof(options));
        }

        return Subscribe(
            (in T @event, EventContext context) => handler(new ReadOnlySpan<T>(in @event), context.ToEnvelope()),
            new BusSubscriptionOptions<T>
            {
                Name = options.Name,
                Priority = options.Priority,
                Filter = options.Passing,
                Mode = ProcessingMode.Sync,
            });
    }
}
