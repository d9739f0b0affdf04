namespace Engine.Subscriptions.Filters.Caching;

/// <summary>Whether a cached filter uses its cache.</summary>
public enum FilterCacheState
{
    /// <summary>The cache is used, and it is not decided yet whether that is better.</summary>
    Measuring,

    /// <summary>The cache is used: it was measured to be faster than the filter itself.</summary>
    Caching,

    /// <summary>The cache is not used: the filter itself was measured to be faster. That is measured anew from time to time.</summary>
    Bypassed,
}
