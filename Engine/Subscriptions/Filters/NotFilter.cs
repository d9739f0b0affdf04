using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class NotFilter<T>(EventFilter<T> inner) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) => ChainRule.Not(inner.EvaluateBatch(envelope));

    public override bool Matches(in T @event, in Envelope envelope) => !inner.Matches(@event, envelope);
}
