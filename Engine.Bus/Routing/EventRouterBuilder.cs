using System.Runtime.CompilerServices;
using Engine.Bus.Handlers;
using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

/// <summary>Collects routes and filters, and makes an <see cref="EventRouter"/> of them. Not thread-safe.</summary>
public sealed partial class EventRouterBuilder
{
    private readonly List<RouteDefinition> _routes = [];
    private readonly List<FilterDefinition> _filters = [];
    private IBusAnyHandler? _default;
    private IAsyncBusAnyHandler? _asyncDefault;
    private RouteMatching _matching;
    private UnroutedPolicy _unroutedPolicy;

    /// <summary>Adds a route for events of one type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="handler">Gets the events.</param>
    /// <param name="when">Which events of the type the route takes; null for all. Must not block.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public EventRouterBuilder Route<T>(string name, BusAction<T> handler, EventPredicate<T>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(name, new TypeRouteDefinition<T>(name, handler, when));
    }

    /// <inheritdoc cref="Route{T}(string, BusAction{T}, EventPredicate{T}?)"/>
    public EventRouterBuilder Route<T>(string name, IBusHandler<T> handler, EventPredicate<T>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return handler is IEitherHandler { IsAsync: true }
            ? Route(name, (IAsyncBusHandler<T>)handler, when)
            : Route(name, (BusAction<T>)handler.Handle, when);
    }

    /// <summary>
    /// Adds a route for events of one type that holds no thread while it waits. The router is one of <see cref="BuildAsync"/>.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="handler">Gets the events.</param>
    /// <param name="when">Which events of the type the route takes; null for all. Must not block.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    [OverloadResolutionPriority(-1)]
    public EventRouterBuilder Route<T>(
        string name, Func<T, EventContext, CancellationToken, ValueTask> handler, EventPredicate<T>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(name, new AsyncTypeRouteDefinition<T>(name, handler, when));
    }

    /// <inheritdoc cref="Route{T}(string, Func{T, EventContext, CancellationToken, ValueTask}, EventPredicate{T}?)"/>
    [OverloadResolutionPriority(-2)]
    public EventRouterBuilder Route<T>(
        string name, Func<T, EventContext, CancellationToken, Task> handler, EventPredicate<T>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route<T>(name, (@event, context, token) => new ValueTask(handler(@event, context, token)), when);
    }

    /// <inheritdoc cref="Route{T}(string, Func{T, EventContext, CancellationToken, ValueTask}, EventPredicate{T}?)"/>
    [OverloadResolutionPriority(-1)]
    public EventRouterBuilder Route<T>(string name, IAsyncBusHandler<T> handler, EventPredicate<T>? when = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Route<T>(name, (Func<T, EventContext, CancellationToken, ValueTask>)handler.HandleAsync, when);
    }

    /// <summary>
    /// Adds a route that makes events of another type. They go straight to the handler, not through a bus or other routes;
    /// the context is that of the original event.
    /// </summary>
    /// <typeparam name="TFrom">The event type that the route takes.</typeparam>
    /// <typeparam name="TTo">The event type that the handler gets.</typeparam>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="transform">Makes the event.</param>
    /// <param name="handler">Gets what was made.</param>
    /// <param name="when">Which events of the type the route takes; null for all. Must not block.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public EventRouterBuilder Route<TFrom, TTo>(
        string name, EventTransform<TFrom, TTo> transform, IBusHandler<TTo> handler, EventPredicate<TFrom>? when = null)
        where TFrom : IEvent<TFrom>
        where TTo : IEvent<TTo>
    {
        ArgumentNullException.ThrowIfNull(transform);
        ArgumentNullException.ThrowIfNull(handler);
        return Route<TFrom>(
            name, (in TFrom @event, EventContext context) => handler.Handle(Transform(name, transform, @event), context), when);
    }

    /// <summary>Adds a route for all event types whose names match a pattern.</summary>
    /// <param name="name">The route's name, for statistics; no other route may have it.</param>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="handler">Gets the events.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    public EventRouterBuilder RoutePattern(string name, string pattern, IBusAnyHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
            return RoutePattern(name, pattern, (IAsyncBusAnyHandler)handler);
        return Add(name, new PatternRouteDefinition(name, EventNamePattern.Parse(pattern), handler));
    }

    /// <inheritdoc cref="RoutePattern(string, string, IBusAnyHandler)"/>
    /// <remarks>The handler holds no thread while it waits. The router is one of <see cref="BuildAsync"/>.</remarks>
    [OverloadResolutionPriority(-1)]
    public EventRouterBuilder RoutePattern(string name, string pattern, IAsyncBusAnyHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(name, new AsyncPatternRouteDefinition(name, EventNamePattern.Parse(pattern), handler));
    }

    /// <summary>
    /// Adds a filter that all events of one type must pass before they are routed. Several are asked in the order in which they
    /// were added.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="predicate">Whether an event passes. Must not block.</param>
    public EventRouterBuilder Filter<T>(EventPredicate<T> predicate)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _filters.Add(new TypeFilterDefinition<T>(predicate));
        return this;
    }

    /// <summary>Adds a filter that all events must pass whose types have names that match a pattern.</summary>
    /// <param name="pattern">The pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="predicate">Whether an event passes. Must not block.</param>
    /// <exception cref="FormatException">The pattern is not one.</exception>
    public EventRouterBuilder FilterPattern(string pattern, Predicate<EventContext> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _filters.Add(new PatternFilterDefinition(EventNamePattern.Parse(pattern), predicate));
        return this;
    }

    /// <summary>Chooses who gets the events that no route takes.</summary>
    /// <param name="handler">Gets the events.</param>
    /// <exception cref="InvalidOperationException">There is a default route already.</exception>
    public EventRouterBuilder Default(IBusAnyHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
            return Default((IAsyncBusAnyHandler)handler);
        CheckNoDefault();
        _default = handler;
        return this;
    }

    /// <inheritdoc cref="Default(IBusAnyHandler)"/>
    /// <remarks>The handler holds no thread while it waits. The router is one of <see cref="BuildAsync"/>.</remarks>
    [OverloadResolutionPriority(-1)]
    public EventRouterBuilder Default(IAsyncBusAnyHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        CheckNoDefault();
        _asyncDefault = handler;
        return this;
    }

    /// <summary>Chooses which of several routes that match get an event; by default all.</summary>
    /// <param name="matching">All or the first one.</param>
    public EventRouterBuilder Matching(RouteMatching matching)
    {
        if (!Enum.IsDefined(matching))
            throw new ArgumentOutOfRangeException(nameof(matching), matching, "The matching must be All or First.");
        _matching = matching;
        return this;
    }

    /// <summary>Chooses what happens to events that no route takes, where there is no default route; by default nothing.</summary>
    /// <param name="policy">What happens.</param>
    public EventRouterBuilder Unrouted(UnroutedPolicy policy)
    {
        if (!Enum.IsDefined(policy))
            throw new ArgumentOutOfRangeException(nameof(policy), policy, "The policy must be Ignore or Throw.");
        _unroutedPolicy = policy;
        return this;
    }

    /// <summary>Makes the router. Later changes of the builder do not reach it.</summary>
    /// <exception cref="InvalidOperationException">There is no route at all, or an asynchronous one.</exception>
    public EventRouter Build()
    {
        CheckRoutes();
        if (_routes.Find(static route => route.IsAsync) is { } route)
            throw new InvalidOperationException($"Route \"{route.Name}\" is asynchronous; make the router by {nameof(BuildAsync)}.");
        if (_asyncDefault is not null)
            throw new InvalidOperationException($"The default route is asynchronous; make the router by {nameof(BuildAsync)}.");
        return new EventRouter([.. _routes], [.. _filters], _default, _matching, _unroutedPolicy);
    }

    /// <summary>
    /// Makes a router whose routes may be asynchronous, all or some of them. Later changes of the builder do not reach it.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no route at all.</exception>
    public AsyncEventRouter BuildAsync()
    {
        CheckRoutes();
        return new AsyncEventRouter([.. _routes], [.. _filters], _default, _asyncDefault, _matching, _unroutedPolicy);
    }

    private static TTo Transform<TFrom, TTo>(string route, EventTransform<TFrom, TTo> transform, in TFrom @event)
        where TFrom : IEvent<TFrom>
        where TTo : IEvent<TTo>
    {
        TTo made = transform(@event);
        return made is not null ? made : throw new InvalidOperationException($"The transformation of route \"{route}\" returned null.");
    }

    private void CheckRoutes()
    {
        if (_routes.Count == 0 && _default is null && _asyncDefault is null)
            throw new InvalidOperationException("A router needs at least one route or a default route.");
    }

    private void CheckNoDefault()
    {
        if (_default is not null || _asyncDefault is not null)
            throw new InvalidOperationException("A router has at most one default route, and this one has it already.");
    }

    private EventRouterBuilder Add(string name, RouteDefinition route)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_routes.Exists(other => other.Name == name))
            throw new ArgumentException($"Each route needs a name of its own, and there is already one called \"{name}\".", nameof(name));
        _routes.Add(route);
        return this;
    }
}
