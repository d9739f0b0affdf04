using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class AndFilter<T>(EventFilter<T> first, EventFilter<T> second) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = first.EvaluateBatch(envelope);
        if (verdict == FilterVerdict.None)
            return verdict;
        FilterVerdict other = second.EvaluateBatch(envelope);
        return verdict == FilterVerdict.All || other == FilterVerdict.None ? other : FilterVerdict.PerEvent;
    }

    public override bool Matches(in T @event, in Envelope envelope) =>
        first.Matches(@event, envelope) && second.Matches(@event, envelope);
}

internal sealed class OrFilter<T>(EventFilter<T> first, EventFilter<T> second) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = first.EvaluateBatch(envelope);
        if (verdict == FilterVerdict.All)
            return verdict;
        FilterVerdict other = second.EvaluateBatch(envelope);
        return verdict == FilterVerdict.None || other == FilterVerdict.All ? other : FilterVerdict.PerEvent;
    }

    public override bool Matches(in T @event, in Envelope envelope) =>
        first.Matches(@event, envelope) || second.Matches(@event, envelope);
}

internal sealed class NotFilter<T>(EventFilter<T> inner) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) => inner.EvaluateBatch(envelope) switch
    {
        FilterVerdict.All => FilterVerdict.None,
        FilterVerdict.None => FilterVerdict.All,
        _ => FilterVerdict.PerEvent,
    };

    public override bool Matches(in T @event, in Envelope envelope) => !inner.Matches(@event, envelope);
}
