using System.Runtime.CompilerServices;
using Engine.Bus.Handlers;
using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

/// <summary>Adds routes and filters as lambdas without <c>in</c> and without the context. Otherwise as the builder's own members.</summary>
public static class EventRouterLambdaExtensions
{
    /// <summary>Adds a route for events of one type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="handler">Gets the events.</param>
    /// <param name="when">Which events of the type the route takes; null for all. Must not block.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public static EventRouterBuilder Route<T>(
        this EventRouterBuilder builder, string name, Action<T> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        Check(builder, handler);
        return builder.Route(name, (in T @event, EventContext _) => handler(@event), Predicate(when));
    }

    /// <inheritdoc cref="Route{T}(EventRouterBuilder, string, Action{T}, Func{T, bool})"/>
    public static EventRouterBuilder Route<T>(
        this EventRouterBuilder builder, string name, Action<T, EventContext> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        Check(builder, handler);
        return builder.Route(name, (in T @event, EventContext context) => handler(@event, context), Predicate(when));
    }

    /// <inheritdoc cref="Route{T}(EventRouterBuilder, string, Action{T}, Func{T, bool})"/>
    /// <remarks>The handler holds no thread while it waits. The router is one of <see cref="EventRouterBuilder.BuildAsync"/>.</remarks>
    [OverloadResolutionPriority(1)]
    public static EventRouterBuilder Route<T>(
        this EventRouterBuilder builder, string name, Func<T, Task> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        Check(builder, handler);
        return builder.Route<T>(name, (AsyncBusAction<T>)((@event, _, _) => new ValueTask(handler(@event))), Predicate(when));
    }

    /// <inheritdoc cref="Route{T}(EventRouterBuilder, string, Func{T, Task}, Func{T, bool})"/>
    [OverloadResolutionPriority(1)]
    public static EventRouterBuilder Route<T>(
        this EventRouterBuilder builder, string name, Func<T, EventContext, Task> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        Check(builder, handler);
        return builder.Route<T>(
            name, (AsyncBusAction<T>)((@event, context, _) => new ValueTask(handler(@event, context))), Predicate(when));
    }

    /// <summary>Adds a route for all event types whose names match a pattern.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">Gets the events, with their payload.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    public static EventRouterBuilder RoutePattern(
        this EventRouterBuilder builder, string name, string pattern, Action<AnyEvent> handler)
    {
        Check(builder, handler);
        return builder.RoutePattern(name, pattern, new AnyEventHandler(handler));
    }

    /// <summary>Adds a filter that all events of one type must pass before they are routed.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="predicate">Whether an event passes. Must not block.</param>
    public static EventRouterBuilder Filter<T>(this EventRouterBuilder builder, Func<T, bool> predicate)
        where T : IEvent<T>
    {
        Check(builder, predicate);
        return builder.Filter(Predicate(predicate)!);
    }

    /// <summary>Chooses who gets the events that no route takes.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="handler">Gets the events, with their payload.</param>
    /// <exception cref="InvalidOperationException">There is a default route already.</exception>
    public static EventRouterBuilder Default(this EventRouterBuilder builder, Action<AnyEvent> handler)
    {
        Check(builder, handler);
        return builder.Default(new AnyEventHandler(handler));
    }

    private static EventPredicate<T>? Predicate<T>(Func<T, bool>? when)
        where T : IEvent<T> =>
        when is null ? null : (in T @event) => when(@event);

    private static void Check(EventRouterBuilder builder, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(handler);
    }
}
