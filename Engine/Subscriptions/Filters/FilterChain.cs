using Engine.Events;

namespace Engine.Subscriptions.Filters;

internal static class FilterChain
{
    /// <summary>A copy of the filters, none of which may be missing.</summary>
    public static TFilter[] Check<TFilter>(ReadOnlySpan<TFilter> filters)
        where TFilter : class
    {
        if (filters.IsEmpty)
            throw new ArgumentException("A chain needs at least one filter.", nameof(filters));
        for (int i = 0; i < filters.Length; i++)
        {
            if (filters[i] is null)
                throw new ArgumentException($"Filter {i + 1} of the chain is null.", nameof(filters));
        }

        return filters.ToArray();
    }
}

internal sealed class AllFilter<T>(EventFilter<T>[] filters) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = FilterVerdict.All;
        foreach (EventFilter<T> filter in filters)
        {
            FilterVerdict next = filter.EvaluateBatch(envelope);
            if (next == FilterVerdict.None)
                return next;
            if (next == FilterVerdict.PerEvent)
                verdict = next;
        }

        return verdict;
    }

    public override bool Matches(in T @event, in Envelope envelope)
    {
        foreach (EventFilter<T> filter in filters)
        {
            if (!filter.Matches(@event, envelope))
                return false;
        }

        return true;
    }
}

internal sealed class AnyFilter<T>(EventFilter<T>[] filters) : EventFilter<T>
    where T : IEvent<T>
{
    public override FilterVerdict EvaluateBatch(in Envelope envelope)
    {
        FilterVerdict verdict = FilterVerdict.None;
        foreach (EventFilter<T> filter in filters)
        {
            FilterVerdict next = filter.EvaluateBatch(envelope);
            if (next == FilterVerdict.All)
                return next;
            if (next == FilterVerdict.PerEvent)
                verdict = next;
        }

        return verdict;
    }

    public override bool Matches(in T @event, in Envelope envelope)
    {
        foreach (EventFilter<T> filter in filters)
        {
            if (filter.Matches(@event, envelope))
                return true;
        }

        return false;
    }
}
