using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class PredicateFilter<T>(EventPredicate<T> predicate) : EventFilter<T>
    where T : IEvent<T>
{
    internal override bool JudgesBatches => false;

    public override bool Matches(in T @event, in Envelope envelope) => predicate(@event);
}

/// <summary>The same for a lambda that gets the event by value, called without another delegate around it.</summary>
internal sealed class ValuePredicateFilter<T>(Func<T, bool> predicate) : EventFilter<T>
    where T : IEvent<T>
{
    internal override bool JudgesBatches => false;

    public override bool Matches(in T @event, in Envelope envelope) => predicate(@event);
}
