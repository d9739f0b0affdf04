using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class ProducerFilter<T>(int producerId) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) =>
        envelope.Producer.Id == producerId ? FilterVerdict.All : FilterVerdict.None;

    public override bool Matches(in T @event, in Envelope envelope) => envelope.Producer.Id == producerId;
}
