using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Subscriptions.Filters.Caching;

/// <summary>What a cached filter counts, without atomic operations. Thread-safe.</summary>
internal sealed class FilterCacheCounters
{
    private readonly ThreadCounter _calls = new();
    private readonly ThreadCounter _hits = new();
    private readonly ThreadCounter _misses = new();
    private readonly ThreadCounter _direct = new();
    private readonly ThreadCounter _evictions = new();

    public long Hits => _hits.Value;

    public long Misses => _misses.Value;

    public long Direct => _direct.Value;

    public long Evictions => _evictions.Value;

    /// <summary>Counts a call and returns a number that rises by one with each call on this thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long CountCall(ThreadCells thread) => _calls.Increment(thread);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountHit(ThreadCells thread) => _hits.Increment(thread);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CountDirect(ThreadCells thread) => _direct.Increment(thread);

    public void CountMiss(ThreadCells thread) => _misses.Increment(thread);

    public void CountEviction(ThreadCells thread) => _evictions.Increment(thread);
}
