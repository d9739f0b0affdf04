using System.Collections.Frozen;
using Engine.Events;

namespace Engine.Subscriptions.Filters;

/// <summary>Each of them is what it becomes for the event type at hand; only <see cref="AnyEventFilter.For{T}"/> differs.</summary>
internal sealed class VmAnyEventFilter(string vmId) : AnyEventFilter
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) =>
        envelope.Producer.VmId == vmId ? FilterVerdict.All : FilterVerdict.None;

    public override bool Matches<T>(in T @event, in Envelope envelope) => envelope.Producer.VmId == vmId;

    public override EventFilter<T> For<T>() => new VmFilter<T>(vmId);
}

internal sealed class TypeAnyEventFilter : AnyEventFilter
{
    private readonly FrozenSet<string> _names;

    public TypeAnyEventFilter(string[] names)
    {
        // The descriptor's constructor knows what a name is.
        foreach (string name in names)
            _ = new EventDescriptor(name);
        _names = names.ToFrozenSet(StringComparer.Ordinal);
    }

    public override FilterVerdict EvaluateBatch(in Envelope envelope) =>
        _names.Contains(envelope.EventType.Name) ? FilterVerdict.All : FilterVerdict.None;

    public override bool Matches<T>(in T @event, in Envelope envelope) => _names.Contains(T.Descriptor.Name);

    public override EventFilter<T> For<T>() => new ConstantFilter<T>(_names.Contains(T.Descriptor.Name));
}

internal sealed class AddressAnyEventFilter(AddressRange range) : AnyEventFilter
{
    // For a struct the optimising compiler drops the box of both the test and the call.
    public override bool Matches<T>(in T @event, in Envelope envelope) =>
        @event is IAddressedEvent && range.Contains(((IAddressedEvent)@event).Address);

    public override EventFilter<T> For<T>() =>
        typeof(T).IsAssignableTo(typeof(IAddressedEvent)) ? new Bound<T>(this, AddressSet.Of(range)) : new ConstantFilter<T>(passes: false);

    private sealed class Bound<T>(AddressAnyEventFilter filter, AddressSet addresses) : EventFilter<T>
        where T : IEvent<T>
    {
        internal override bool JudgesBatches => false;

        internal override AddressSet Addresses => addresses;

        public override bool Matches(in T @event, in Envelope envelope) => filter.Matches(@event, envelope);
    }
}

/// <summary>The chain of filters of any event type; for one type it is the chain of what its filters are for it.</summary>
internal sealed class ChainAnyEventFilter(AnyEventFilter[] filters, ChainRule rule) : AnyEventFilter
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = rule.Neutral;
        foreach (AnyEventFilter filter in filters)
        {
            if (rule.IsDecidedBy(filter.EvaluateBatch(envelope), ref verdict))
                break;
        }

        return verdict;
    }

    public override bool Matches<T>(in T @event, in Envelope envelope)
    {
        foreach (AnyEventFilter filter in filters)
        {
            if (filter.Matches(@event, envelope) != rule.IsAll)
                return !rule.IsAll;
        }

        return rule.IsAll;
    }

    public override EventFilter<T> For<T>() => new ChainFilter<T>([.. filters.Select(static filter => filter.For<T>())], rule);
}

internal sealed class NotAnyEventFilter(AnyEventFilter inner) : AnyEventFilter
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) => ChainRule.Not(inner.EvaluateBatch(envelope));

    public override bool Matches<T>(in T @event, in Envelope envelope) => !inner.Matches(@event, envelope);

    public override EventFilter<T> For<T>() => inner.For<T>().Not();
}
