using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class VmFilter<T>(string vmId) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) =>
        envelope.Producer.VmId == vmId ? FilterVerdict.All : FilterVerdict.None;

    public override bool Matches(in T @event, in Envelope envelope) => envelope.Producer.VmId == vmId;
}
