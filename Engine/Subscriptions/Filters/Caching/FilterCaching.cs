using Engine.Events;

namespace Engine.Subscriptions.Filters.Caching;

/// <summary>Puts a cache before a filter.</summary>
public static class FilterCaching
{
    /// <summary>Verdicts that a cache holds if nothing else is said.</summary>
    public const int DefaultCapacity = 1024;

    /// <summary>
    /// A filter that remembers this filter's verdicts by key. Worth it where the filter takes longer than a look-up and
    /// keys come again; it notices itself where that is not so.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <typeparam name="TKey">What the filter's verdict depends on.</typeparam>
    /// <param name="filter">The filter.</param>
    /// <param name="keyOf">
    /// Gives the key of an event. Whatever can change the verdict must be in it: two events with equal keys get one
    /// verdict.
    /// </param>
    /// <param name="capacity">
    /// Verdicts that the cache holds: a power of two from 2 to 1,048,576. A key that is new then takes the place of
    /// another.
    /// </param>
    /// <param name="timeProvider">The clock for measuring; the system's by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not a power of two in that range.</exception>
    public static CachedFilter<T, TKey> Cached<T, TKey>(
        this EventFilter<T> filter, FilterKeySelector<T, TKey> keyOf, int capacity = DefaultCapacity, TimeProvider? timeProvider = null)
        where T : IEvent<T>
        where TKey : notnull, IEquatable<TKey>
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(keyOf);
        return new CachedFilter<T, TKey>(filter, keyOf, capacity, timeProvider ?? TimeProvider.System);
    }
}
