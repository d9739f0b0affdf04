using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal sealed class AddressRangeFilter<T>(AddressRange range) : EventFilter<T>
    where T : IEvent<T>, IAddressedEvent
{
    internal override bool JudgesBatches => false;

    internal override AddressSet Addresses { get; } = AddressSet.Of(range);

    public override bool Matches(in T @event, in Envelope envelope) => range.Contains(@event.Address);
}
