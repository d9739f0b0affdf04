using System.Globalization;
using Engine.Primitives;

namespace Engine.Subscriptions.Filters.Caching;

/// <summary>What a cached filter did so far.</summary>
/// <param name="Hits">Events judged from the cache.</param>
/// <param name="Misses">Events that were looked up and not found, and so judged by the filter.</param>
/// <param name="DirectCount">Events judged by the filter without a look-up: while bypassed, and to measure the filter.</param>
/// <param name="Evictions">Verdicts that had to go for others.</param>
/// <param name="Count">Verdicts in the cache.</param>
/// <param name="Capacity">Verdicts that it can hold.</param>
/// <param name="State">Whether the cache is used.</param>
/// <param name="CachedNanoseconds">
/// What an event took through the cache, hits and misses together, when last measured; NaN if it was not yet.
/// </param>
/// <param name="DirectNanoseconds">What an event took with the filter alone when last measured; NaN if it was not yet.</param>
public readonly record struct FilterCacheStatistics(
    long Hits, long Misses, long DirectCount, long Evictions, int Count, int Capacity,
    FilterCacheState State, double CachedNanoseconds, double DirectNanoseconds)
{
    /// <summary>Hits as a share of all look-ups, 0 to 1; NaN if there were none.</summary>
    public double HitRate => (double)Hits / (Hits + Misses);

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"hits {ReadableText.Count(Hits)}, misses {ReadableText.Count(Misses)}, direct {ReadableText.Count(DirectCount)}, " +
        $"evictions {ReadableText.Count(Evictions)}, {ReadableText.Count(Count)} of {ReadableText.Count(Capacity)} verdicts. {Reason}";

    /// <summary>Why the cache is used or not, for people.</summary>
    public string Reason => double.IsNaN(CachedNanoseconds)
        ? "Not measured yet: the cache is used until it is."
        : string.Create(CultureInfo.InvariantCulture,
            $"{State}: when last measured, an event took {CachedNanoseconds:F1} ns through the cache and {DirectNanoseconds:F1} ns with " +
            $"the filter alone.");
}
