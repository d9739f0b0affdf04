namespace Engine.Subscriptions.Filters;

/// <summary>How the answers of a chain's filters make one: all have to pass, or one is enough.</summary>
internal readonly struct ChainRule
{
    public static readonly ChainRule All = new(isAll: true);
    public static readonly ChainRule Any = new(isAll: false);

    private ChainRule(bool isAll) => IsAll = isAll;

    public bool IsAll { get; }

    /// <summary>The verdict of a chain before any filter is asked.</summary>
    public FilterVerdict Neutral => IsAll ? FilterVerdict.All : FilterVerdict.None;

    private FilterVerdict Decisive => IsAll ? FilterVerdict.None : FilterVerdict.All;

    public static FilterVerdict Not(FilterVerdict verdict) => verdict switch
    {
        FilterVerdict.All => FilterVerdict.None,
        FilterVerdict.None => FilterVerdict.All,
        _ => FilterVerdict.PerEvent,
    };

    /// <summary>Adds the verdict of the next filter. Returns whether no further one can change the chain's.</summary>
    public bool IsDecidedBy(FilterVerdict next, ref FilterVerdict verdict)
    {
        if (next != Neutral)
            verdict = next;
        return next == Decisive;
    }

    /// <summary>A copy of the filters of a chain, none of which may be missing.</summary>
    /// <exception cref="ArgumentException">There is no filter, or one is null.</exception>
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
