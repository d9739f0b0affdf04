using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

/// <summary>A route as it was added, and its counters.</summary>
internal abstract class RouteDefinition(string name, string matches)
{
    public string Name => name;

    public ThreadCounter Delivered { get; } = new();

    public ThreadCounter Failed { get; } = new();

    /// <summary>Whether its handler returns a task.</summary>
    public virtual bool IsAsync => false;

    /// <summary>The route for one event type; null if it is not for that type. Not for an asynchronous one.</summary>
    public virtual Route<T>? For<T>()
        where T : IEvent<T> =>
        null;

    /// <summary>The route for one event type where routes may be asynchronous; null if it is not for that type.</summary>
    public virtual AsyncRoute<T>? ForAsync<T>()
        where T : IEvent<T> =>
        For<T>() is { } route ? new AsyncRoute<T>(this, AsyncRoute<T>.Of(route.Handler), route.Predicate) : null;

    public RouteStatistics Read() => new(name, matches, Delivered.Value, Failed.Value);
}

/// <summary>A route for events of one type.</summary>
internal sealed class TypeRouteDefinition<TEvent>(string name, BusAction<TEvent> handler, EventPredicate<TEvent>? predicate)
    : RouteDefinition(name, TEvent.Descriptor.Name)
    where TEvent : IEvent<TEvent>
{
    public override Route<T>? For<T>() => (object)new Route<TEvent>(this, handler, predicate) as Route<T>;
}

/// <summary>A route for all event types whose names match.</summary>
internal sealed class PatternRouteDefinition(string name, EventNamePattern pattern, IBusAnyHandler handler)
    : RouteDefinition(name, pattern.Text)
{
    // The delegate binds the generic method once, not at every event.
    public override Route<T>? For<T>() =>
        pattern.Matches(T.Descriptor.Name) ? new Route<T>(this, handler.Handle, predicate: null) : null;
}

/// <summary>A route for events of one type whose handler returns a task.</summary>
internal sealed class AsyncTypeRouteDefinition<TEvent>(
    string name, Func<TEvent, EventContext, CancellationToken, ValueTask> handler, EventPredicate<TEvent>? predicate)
    : RouteDefinition(name, TEvent.Descriptor.Name)
    where TEvent : IEvent<TEvent>
{
    public override bool IsAsync => true;

    public override AsyncRoute<T>? ForAsync<T>() => (object)new AsyncRoute<TEvent>(this, handler, predicate) as AsyncRoute<T>;
}

/// <summary>A route for all event types whose names match, whose handler returns a task.</summary>
internal sealed class AsyncPatternRouteDefinition(string name, EventNamePattern pattern, IAsyncBusAnyHandler handler)
    : RouteDefinition(name, pattern.Text)
{
    public override bool IsAsync => true;

    public override AsyncRoute<T>? ForAsync<T>() =>
        pattern.Matches(T.Descriptor.Name) ? new AsyncRoute<T>(this, handler.HandleAsync, predicate: null) : null;
}

/// <summary>A filter as it was added.</summary>
internal abstract class FilterDefinition
{
    /// <summary>The filter for one event type; null if it is not for that type.</summary>
    public abstract RouteFilter<T>? For<T>()
        where T : IEvent<T>;
}

/// <summary>Judges one event.</summary>
internal delegate bool RouteFilter<T>(in T @event, EventContext context)
    where T : IEvent<T>;

/// <summary>A filter of events of one type.</summary>
internal sealed class TypeFilterDefinition<TEvent>(EventPredicate<TEvent> predicate) : FilterDefinition
    where TEvent : IEvent<TEvent>
{
    public override RouteFilter<T>? For<T>() => (object)(RouteFilter<TEvent>)Passes as RouteFilter<T>;

    private bool Passes(in TEvent @event, EventContext context) => predicate(@event);
}

/// <summary>A filter of all event types whose names match.</summary>
internal sealed class PatternFilterDefinition(EventNamePattern pattern, Predicate<EventContext> predicate) : FilterDefinition
{
    public override RouteFilter<T>? For<T>() => pattern.Matches(T.Descriptor.Name) ? Passes : null;

    private bool Passes<T>(in T @event, EventContext context) => predicate(context);
}
