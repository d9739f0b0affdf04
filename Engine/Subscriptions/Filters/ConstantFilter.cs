using Engine.Events;

namespace Engine.Subscriptions.Filters;

/// <summary>Passes everything or nothing: what a filter of several event types becomes for one of them.</summary>
internal sealed class ConstantFilter<T>(bool passes) : EventFilter<T>
    where T : IEvent<T>
{
    internal override AddressSet Addresses => passes ? AddressSet.All : AddressSet.None;

    public override FilterVerdict EvaluateBatch(in Envelope envelope) => passes ? FilterVerdict.All : FilterVerdict.None;

    public override bool Matches(in T @event, in Envelope envelope) => passes;
}
