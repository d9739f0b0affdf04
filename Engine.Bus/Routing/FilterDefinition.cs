using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Routing;

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
