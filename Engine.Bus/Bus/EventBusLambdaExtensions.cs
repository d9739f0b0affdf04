using System.Runtime.CompilerServices;
using Engine.Bus.Handlers;
using Engine.Events;

namespace Engine.Bus;

/// <summary>
/// Subscribes lambdas and methods as people write them: without <c>in</c>, without the context, with a <see cref="Task"/>. What they
/// are turned into is made once, at the subscription; the rest is as for the members of <see cref="IEventBus"/>. A lambda that
/// returns a task runs as an asynchronous handler; one that only throws counts as such too, because it could return anything.
/// </summary>
public static class EventBusLambdaExtensions
{
    /// <summary>Subscribes to an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="handler">Called for each event. In sync mode it may be called from several threads at once.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static BusSubscription Subscribe<T>(this IEventBus bus, Action<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe((in T @event, EventContext _) => handler(@event), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Action{T}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription Subscribe<T>(
        this IEventBus bus, Action<T, EventContext> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe((in T @event, EventContext context) => handler(@event, context), options);
    }

    /// <summary>Subscribes an asynchronous handler to an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="handler">Called for each event, from threads of the pool.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or asks for a mode that the handler cannot run in.</exception>
    [OverloadResolutionPriority(1)]
    public static BusSubscription Subscribe<T>(this IEventBus bus, Func<T, Task> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, _, _) => new ValueTask(handler(@event)), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Func{T, Task}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription Subscribe<T>(this IEventBus bus, Func<T, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, _, _) => handler(@event), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Func{T, Task}, BusSubscriptionOptions{T}?)"/>
    [OverloadResolutionPriority(1)]
    public static BusSubscription Subscribe<T>(
        this IEventBus bus, Func<T, EventContext, Task> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, context, _) => new ValueTask(handler(@event, context)), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Func{T, Task}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription Subscribe<T>(
        this IEventBus bus, Func<T, EventContext, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, context, _) => handler(@event, context), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Func{T, Task}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription Subscribe<T>(
        this IEventBus bus, Func<T, EventContext, CancellationToken, Task> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, context, token) => new ValueTask(handler(@event, context, token)), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Func{T, Task}, BusSubscriptionOptions{T}?)"/>
    /// <remarks>Where the second parameter of a lambda may be either, it is the context.</remarks>
    [OverloadResolutionPriority(-1)]
    public static BusSubscription Subscribe<T>(
        this IEventBus bus, Func<T, CancellationToken, Task> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, _, token) => new ValueTask(handler(@event, token)), options);
    }

    /// <inheritdoc cref="Subscribe{T}(IEventBus, Func{T, CancellationToken, Task}, BusSubscriptionOptions{T}?)"/>
    [OverloadResolutionPriority(-2)]
    public static BusSubscription Subscribe<T>(
        this IEventBus bus, Func<T, CancellationToken, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.Subscribe<T>((@event, _, token) => handler(@event, token), options);
    }

    /// <summary>Subscribes a handler of batches to an event type. It runs in batch mode, on threads of the pool.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="handler">Called for each batch, which is valid until it has ended.</param>
    /// <param name="options">How it is delivered: batch size and longest wait among others.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or asks for another mode.</exception>
    public static BusSubscription SubscribeBatch<T>(
        this IEventBus bus, Action<EventBatch<T>> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.SubscribeBatch((batch, _) => Run(handler, batch), options);

        static ValueTask Run(Action<EventBatch<T>> handler, EventBatch<T> batch)
        {
            handler(batch);
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc cref="SubscribeBatch{T}(IEventBus, Action{EventBatch{T}}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription SubscribeBatch<T>(
        this IEventBus bus, Action<EventBatch<T>, CancellationToken> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.SubscribeBatch((batch, token) => Run(handler, batch, token), options);

        static ValueTask Run(Action<EventBatch<T>, CancellationToken> handler, EventBatch<T> batch, CancellationToken token)
        {
            handler(batch, token);
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc cref="SubscribeBatch{T}(IEventBus, Action{EventBatch{T}}, BusSubscriptionOptions{T}?)"/>
    [OverloadResolutionPriority(1)]
    public static BusSubscription SubscribeBatch<T>(
        this IEventBus bus, Func<EventBatch<T>, Task> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.SubscribeBatch((batch, _) => new ValueTask(handler(batch)), options);
    }

    /// <inheritdoc cref="SubscribeBatch{T}(IEventBus, Action{EventBatch{T}}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription SubscribeBatch<T>(
        this IEventBus bus, Func<EventBatch<T>, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.SubscribeBatch((batch, _) => handler(batch), options);
    }

    /// <inheritdoc cref="SubscribeBatch{T}(IEventBus, Action{EventBatch{T}}, BusSubscriptionOptions{T}?)"/>
    public static BusSubscription SubscribeBatch<T>(
        this IEventBus bus, Func<EventBatch<T>, CancellationToken, Task> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        Check(bus, handler);
        return bus.SubscribeBatch((batch, token) => new ValueTask(handler(batch, token)), options);
    }

    /// <summary>Subscribes to all event types whose names match a pattern, those included that the bus meets later.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">Called for each event, with its payload. In sync mode it may be called from several threads at once.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static BusSubscription Subscribe(
        this IEventBus bus, string pattern, Action<AnyEvent> handler, BusSubscriptionOptions? options = null)
    {
        Check(bus, handler);
        return bus.Subscribe(pattern, new AnyEventHandler(handler), options);
    }

    /// <summary>Subscribes an asynchronous handler to all event types whose names match a pattern, those that come later too.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">Called for each event, with its payload, from threads of the pool.</param>
    /// <param name="options">How it is delivered.</param>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or asks for a mode that the handler cannot run in.</exception>
    [OverloadResolutionPriority(1)]
    public static BusSubscription Subscribe(
        this IEventBus bus, string pattern, Func<AnyEvent, Task> handler, BusSubscriptionOptions? options = null)
    {
        Check(bus, handler);
        return bus.Subscribe(pattern, new AsyncAnyEventHandler((any, _) => new ValueTask(handler(any))), options);
    }

    /// <inheritdoc cref="Subscribe(IEventBus, string, Func{AnyEvent, Task}, BusSubscriptionOptions?)"/>
    public static BusSubscription Subscribe(
        this IEventBus bus, string pattern, Func<AnyEvent, ValueTask> handler, BusSubscriptionOptions? options = null)
    {
        Check(bus, handler);
        return bus.Subscribe(pattern, new AsyncAnyEventHandler((any, _) => handler(any)), options);
    }

    /// <inheritdoc cref="Subscribe(IEventBus, string, Func{AnyEvent, Task}, BusSubscriptionOptions?)"/>
    [OverloadResolutionPriority(1)]
    public static BusSubscription Subscribe(
        this IEventBus bus, string pattern, Func<AnyEvent, CancellationToken, Task> handler, BusSubscriptionOptions? options = null)
    {
        Check(bus, handler);
        return bus.Subscribe(pattern, new AsyncAnyEventHandler((any, token) => new ValueTask(handler(any, token))), options);
    }

    /// <inheritdoc cref="Subscribe(IEventBus, string, Func{AnyEvent, Task}, BusSubscriptionOptions?)"/>
    public static BusSubscription Subscribe(
        this IEventBus bus, string pattern, Func<AnyEvent, CancellationToken, ValueTask> handler, BusSubscriptionOptions? options = null)
    {
        Check(bus, handler);
        return bus.Subscribe(pattern, new AsyncAnyEventHandler(handler), options);
    }

    private static void Check(IEventBus bus, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(handler);
    }
}
