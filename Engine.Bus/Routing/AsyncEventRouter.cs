using System.Collections.Concurrent;
using System.Diagnostics;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Bus.Routing;

/// <summary>What became of an event that was routed.</summary>
internal enum RoutingOutcome
{
    /// <summary>At least one route took it, or the default route did.</summary>
    Routed,

    /// <summary>A filter did not let it pass.</summary>
    Filtered,

    /// <summary>No route took it, and there is no default route.</summary>
    Unrouted,
}

/// <summary>
/// Routes events as an <see cref="EventRouter"/> does, to handlers that may be asynchronous: one after the other, in the order in which
/// they were added. Made by <see cref="EventRouterBuilder.BuildAsync"/>; immutable and thread-safe. Subscribe it to a pattern, or run
/// the messages of a subscription through it. May allocate for each event.
/// </summary>
/// <remarks>
/// A handler that throws <see cref="OperationCanceledException"/> after the token was cancelled ends the routing of the event; what else
/// is thrown stops no other route, and is passed on when all are through.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class AsyncEventRouter : IAsyncBusAnyHandler
{
    private readonly ConcurrentDictionary<Type, object> _tables = new();
    private readonly RouteDefinition[] _routes;
    private readonly FilterDefinition[] _filters;
    private readonly IBusAnyHandler? _default;
    private readonly IAsyncBusAnyHandler? _asyncDefault;
    private readonly RouteMatching _matching;
    private readonly UnroutedPolicy _unroutedPolicy;
    private readonly ThreadCounter _received = new();
    private readonly ThreadCounter _filtered = new();
    private readonly ThreadCounter _defaulted = new();
    private readonly ThreadCounter _unrouted = new();

    internal AsyncEventRouter(
        RouteDefinition[] routes,
        FilterDefinition[] filters,
        IBusAnyHandler? defaultRoute,
        IAsyncBusAnyHandler? asyncDefaultRoute,
        RouteMatching matching,
        UnroutedPolicy unroutedPolicy)
    {
        _routes = routes;
        _filters = filters;
        _default = defaultRoute;
        _asyncDefault = asyncDefaultRoute;
        _matching = matching;
        _unroutedPolicy = unroutedPolicy;
    }

    /// <summary>Routes one event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="context">Handed to the handlers.</param>
    /// <param name="cancellationToken">Handed to the handlers.</param>
    /// <exception cref="UnroutedEventException">No route took the event, and <see cref="UnroutedPolicy.Throw"/> was chosen.</exception>
    public async ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        RoutingOutcome outcome = await RouteAsync(@event, context, cancellationToken).ConfigureAwait(false);
        if (outcome == RoutingOutcome.Unrouted && _unroutedPolicy == UnroutedPolicy.Throw)
            throw UnroutedEventException.Of(T.Descriptor);
    }

    /// <summary>Reads all counters. Thread-safe; allocates; delays no event.</summary>
    public EventRouterStatistics GetStatistics() => new(
        _received.Value, _filtered.Value, _defaulted.Value, _unrouted.Value, [.. _routes.Select(static route => route.Read())]);

    /// <summary>The routes, by name.</summary>
    public override string ToString() =>
        $"routes {string.Join(", ", _routes.Select(static route => route.Name))}"
        + (_default is null && _asyncDefault is null ? "" : ", default");

    /// <summary>Routes one event, and says what became of it; throws what its handlers threw.</summary>
    internal async ValueTask<RoutingOutcome> RouteAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        var table = (AsyncRouteTable<T>)_tables.GetOrAdd(
            typeof(T), static (_, router) => new AsyncRouteTable<T>(router._routes, router._filters), this);
        RoutingErrors errors = default;
        _received.Increment(BusThread.Current.Cells);
        if (!table.Passes(@event, context, ref errors))
        {
            _filtered.Increment(BusThread.Current.Cells);
            errors.ThrowIfAny();
            return RoutingOutcome.Filtered;
        }

        bool isRouted = false;
        foreach (AsyncRoute<T> route in table.Routes)
        {
            (bool isMatch, Exception? error) =
                await route.TryDeliverAsync(@event, context, cancellationToken).ConfigureAwait(false);
            if (error is not null)
                errors.Add(error);
            isRouted |= isMatch;
            if (isRouted && _matching == RouteMatching.First)
                break;
        }

        try
        {
            if (!isRouted)
                isRouted = await TryDefaultAsync(@event, context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            errors.Add(exception);
        }

        errors.ThrowIfAny();
        return isRouted ? RoutingOutcome.Routed : RoutingOutcome.Unrouted;
    }

    private async ValueTask<bool> TryDefaultAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        if (_default is null && _asyncDefault is null)
        {
            _unrouted.Increment(BusThread.Current.Cells);
            return false;
        }

        _defaulted.Increment(BusThread.Current.Cells);
        if (_asyncDefault is not null)
            await _asyncDefault.HandleAsync(@event, context, cancellationToken).ConfigureAwait(false);
        else
            _default!.Handle(@event, context);
        return true;
    }
}
