using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Bus.Routing;

/// <summary>
/// Routes events of any type to handlers, by event type, by name and by content. Made by an <see cref="EventRouterBuilder"/>;
/// immutable and thread-safe. Subscribe it to a pattern. Routing takes no lock and boxes nothing; an event type's routes
/// are found by an array access. The first event of a type allocates, later ones do not.
/// </summary>
/// <remarks>
/// <para>The filters of the event's type and name come first, in the order in which they were added: what one of them does
/// not pass goes nowhere, not even to the default route.</para>
/// <para>Then the routes, in the order in which they were added: all that match, or the first one
/// (<see cref="RouteMatching"/>). A route that throws stops no other one. When all are through, what was thrown is passed
/// on, several exceptions as an <see cref="AggregateException"/>. A predicate or filter that throws lets the event not pass.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class EventRouter : IBusAnyHandler
{
    private readonly RouteDefinition[] _routes;
    private readonly FilterDefinition[] _filters;
    private readonly IBusAnyHandler? _default;
    private readonly RouteMatching _matching;
    private readonly UnroutedPolicy _unroutedPolicy;
    private readonly ThreadCounter _received = new();
    private readonly ThreadCounter _filtered = new();
    private readonly ThreadCounter _defaulted = new();
    private readonly ThreadCounter _unrouted = new();
    private object?[] _tables = [];

    internal EventRouter(
        RouteDefinition[] routes,
        FilterDefinition[] filters,
        IBusAnyHandler? defaultRoute,
        RouteMatching matching,
        UnroutedPolicy unroutedPolicy)
    {
        _routes = routes;
        _filters = filters;
        _default = defaultRoute;
        _matching = matching;
        _unroutedPolicy = unroutedPolicy;
    }

    /// <summary>Routes one event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="context">Handed to the handlers.</param>
    /// <exception cref="UnroutedEventException">No route took the event, and <see cref="UnroutedPolicy.Throw"/> was chosen.</exception>
    public void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T>
    {
        BusThread thread = BusThread.Current;
        RouteTable<T> table = TableOf<T>();
        RoutingErrors errors = default;
        _received.Increment(thread.Cells);
        if (!table.Passes(@event, context, ref errors))
            _filtered.Increment(thread.Cells);
        else if (!table.Deliver(@event, context, thread, _matching == RouteMatching.First, ref errors))
            HandleUnrouted(@event, context, thread, ref errors);
        errors.ThrowIfAny();
    }

    /// <summary>Reads all counters. Thread-safe; allocates; delays no event.</summary>
    public EventRouterStatistics GetStatistics() => new(
        _received.Value, _filtered.Value, _defaulted.Value, _unrouted.Value, [.. _routes.Select(static route => route.Read())]);

    /// <summary>The routes, by name.</summary>
    public override string ToString() =>
        $"routes {string.Join(", ", _routes.Select(static route => route.Name))}" + (_default is null ? "" : ", default");

    private void HandleUnrouted<T>(in T @event, EventContext context, BusThread thread, ref RoutingErrors errors)
        where T : IEvent<T>
    {
        if (_default is null)
        {
            _unrouted.Increment(thread.Cells);
            if (_unroutedPolicy == UnroutedPolicy.Throw)
                errors.Add(UnroutedEventException.Of(T.Descriptor));
            return;
        }

        _defaulted.Increment(thread.Cells);
        try
        {
            _default.Handle(@event, context);
        }
        catch (Exception exception)
        {
            errors.Add(exception);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RouteTable<T> TableOf<T>()
        where T : IEvent<T>
    {
        object?[] tables = Volatile.Read(ref _tables);
        int index = EventTypeIndex.Of<T>.Value;
        return index < tables.Length && tables[index] is { } table ? Unsafe.As<RouteTable<T>>(table) : AddTable<T>();
    }

    // Tables follow from the routes alone, so two threads that make the same one at once make equal ones.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RouteTable<T> AddTable<T>()
        where T : IEvent<T>
    {
        int index = EventTypeIndex.Of<T>.Value;
        var table = new RouteTable<T>(_routes, _filters);
        while (true)
        {
            object?[] old = Volatile.Read(ref _tables);
            object?[] replacement = new object?[Math.Max(old.Length, index + 1)];
            old.CopyTo(replacement, 0);
            replacement[index] = table;
            if (Interlocked.CompareExchange(ref _tables, replacement, old) == old)
                return table;
        }
    }
}
