using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class PredicateFilter<T>(EventPredicate<T> predicate) : EventFilter<T>
    where T : IEvent<T>
{
    public override bool Matches(in T @event, in Envelope envelope) => predicate(@event);
}
