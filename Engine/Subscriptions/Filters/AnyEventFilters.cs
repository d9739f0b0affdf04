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
}

internal sealed class AllAnyEventFilter(AnyEventFilter[] filters) : AnyEventFilter
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = FilterVerdict.All;
        foreach (AnyEventFilter filter in filters)
        {
            FilterVerdict next = filter.EvaluateBatch(envelope);
            if (next == FilterVerdict.None)
                return next;
            if (next == FilterVerdict.PerEvent)
                verdict = next;
        }

        return verdict;
    }

    public override bool Matches<T>(in T @event, in Envelope envelope)
    {
        foreach (AnyEventFilter filter in filters)
        {
            if (!filter.Matches(@event, envelope))
                return false;
        }

        return true;
    }

    public override EventFilter<T> For<T>() => new AllFilter<T>([.. filters.Select(static filter => filter.For<T>())]);
}

internal sealed class AnyAnyEventFilter(AnyEventFilter[] filters) : AnyEventFilter
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = FilterVerdict.None;
        foreach (AnyEventFilter filter in filters)
        {
            FilterVerdict next = filter.EvaluateBatch(envelope);
            if (next == FilterVerdict.All)
                return next;
            if (next == FilterVerdict.PerEvent)
                verdict = next;
        }

        return verdict;
    }

    public override bool Matches<T>(in T @event, in Envelope envelope)
    {
        foreach (AnyEventFilter filter in filters)
        {
            if (filter.Matches(@event, envelope))
                return true;
        }

        return false;
    }

    public override EventFilter<T> For<T>() => new AnyFilter<T>([.. filters.Select(static filter => filter.For<T>())]);
}

internal sealed class NotAnyEventFilter(AnyEventFilter inner) : AnyEventFilter
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope) => inner.EvaluateBatch(envelope) switch
    {
        FilterVerdict.All => FilterVerdict.None,
        FilterVerdict.None => FilterVerdict.All,
        _ => FilterVerdict.PerEvent,
    };

    public override bool Matches<T>(in T @event, in Envelope envelope) => !inner.Matches(@event, envelope);

    public override EventFilter<T> For<T>() => inner.For<T>().Not();
}
