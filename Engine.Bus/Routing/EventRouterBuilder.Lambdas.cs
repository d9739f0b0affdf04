using System.Runtime.CompilerServices;
using Engine.Bus.Handlers;
using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

// Lambdas without "in" and without the context.
public sealed partial class EventRouterBuilder
{
    /// <summary>Adds a route for events of one type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="handler">Gets the events.</param>
    /// <param name="when">Which events of the type the route takes; null for all. Must not block.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public EventRouterBuilder Route<T>(string name, Action<T> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route(name, (in T @event, EventContext _) => handler(@event), Predicate(when));
    }

    /// <inheritdoc cref="Route{T}(string, Action{T}, Func{T, bool})"/>
    public EventRouterBuilder Route<T>(string name, Action<T, EventContext> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route(name, (in T @event, EventContext context) => handler(@event, context), Predicate(when));
    }

    /// <inheritdoc cref="Route{T}(string, Action{T}, Func{T, bool})"/>
    /// <remarks>The handler holds no thread while it waits. The router is one of <see cref="BuildAsync"/>.</remarks>
    [OverloadResolutionPriority(1)]
    public EventRouterBuilder Route<T>(string name, Func<T, Task> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route<T>(name, (@event, _, _) => new ValueTask(handler(@event)), Predicate(when));
    }

    /// <inheritdoc cref="Route{T}(string, Func{T, Task}, Func{T, bool})"/>
    [OverloadResolutionPriority(1)]
    public EventRouterBuilder Route<T>(string name, Func<T, EventContext, Task> handler, Func<T, bool>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route<T>(name, (@event, context, _) => new ValueTask(handler(@event, context)), Predicate(when));
    }

    /// <summary>Adds a route for all event types whose names match a pattern.</summary>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">Gets the events, with their payload.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    public EventRouterBuilder RoutePattern(string name, string pattern, Action<AnyEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return RoutePattern(name, pattern, new AnyEventHandler(handler));
    }

    /// <summary>Adds a filter that all events of one type must pass before they are routed.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="predicate">Whether an event passes. Must not block.</param>
    public EventRouterBuilder Filter<T>(Func<T, bool> predicate)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return Filter(Predicate(predicate)!);
    }

    /// <summary>Chooses who gets the events that no route takes.</summary>
    /// <param name="handler">Gets the events, with their payload.</param>
    /// <exception cref="InvalidOperationException">There is a default route already.</exception>
    public EventRouterBuilder Default(Action<AnyEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Default(new AnyEventHandler(handler));
    }

    private static EventPredicate<T>? Predicate<T>(Func<T, bool>? when)
        where T : IEvent<T> =>
        when is null ? null : (in T @event) => when(@event);
}
