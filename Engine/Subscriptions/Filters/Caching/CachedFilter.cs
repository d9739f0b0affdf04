using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Subscriptions.Filters.Caching;

/// <summary>Gives what a filter looks at.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <typeparam name="TKey">All that the filter's verdict depends on: a number, or a struct of several fields.</typeparam>
/// <param name="event">The event.</param>
/// <param name="envelope">The envelope of its batch.</param>
public delegate TKey FilterKeySelector<T, TKey>(in T @event, in Envelope envelope)
    where T : IEvent<T>
    where TKey : notnull, IEquatable<TKey>;

/// <summary>
/// A filter that remembers the verdicts of another by key, for a bounded number of keys. It takes samples of its own cost
/// and of the other filter's, and goes out of the way where the other is faster; see <see cref="GetStatistics"/>. A
/// verdict is used only for an equal key. An exception of the other filter is passed on and not remembered. Reading
/// takes no lock and does not allocate. Thread-safe.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
/// <typeparam name="TKey">What the filter's verdict depends on.</typeparam>
public sealed class CachedFilter<T, TKey> : EventFilter<T>
    where T : IEvent<T>
    where TKey : notnull, IEquatable<TKey>
{
    internal const int CallsPerSample = 128;

    private readonly EventFilter<T> _filter;
    private readonly FilterKeySelector<T, TKey> _keyOf;
    private readonly FilterCacheTable<TKey> _table;
    private readonly FilterCacheCounters _counters = new();
    private readonly FilterCacheJudge _judge;

    internal CachedFilter(EventFilter<T> filter, FilterKeySelector<T, TKey> keyOf, int capacity, TimeProvider timeProvider)
    {
        _filter = filter;
        _keyOf = keyOf;
        _table = new FilterCacheTable<TKey>(capacity);
        // Enough events to fill the cache twice.
        int callsPerWindow = 2 * FilterCacheJudge.SamplesPerWindow * CallsPerSample;
        _judge = new FilterCacheJudge(timeProvider, 1 + (2 * capacity / callsPerWindow));
    }

    /// <summary>Judges a batch as the other filter does; nothing is remembered.</summary>
    /// <param name="envelope">The envelope of the batch.</param>
    public override FilterVerdict EvaluateBatch(in Envelope envelope) => _filter.EvaluateBatch(envelope);

    /// <summary>Judges one event: from the cache, or by the other filter.</summary>
    /// <param name="event">The event.</param>
    /// <param name="envelope">The envelope of its batch.</param>
    public override bool Matches(in T @event, in Envelope envelope)
    {
        ThreadCells thread = ThreadCells.Current;
        if (_counters.CountCall(thread) % CallsPerSample == 0)
            return MatchesSampled(@event, envelope, thread);
        return Matches(@event, envelope, thread, isDirect: _judge.State == FilterCacheState.Bypassed);
    }

    /// <summary>Reads the counters. Looks at each entry of the cache; delays nobody.</summary>
    public FilterCacheStatistics GetStatistics()
    {
        // Before the misses, of which each is one.
        long evictions = _counters.Evictions;
        return new FilterCacheStatistics(
            _counters.Hits, _counters.Misses, _counters.Direct, evictions, _table.Count, _table.Capacity,
            _judge.State, _judge.CachedNanoseconds, _judge.DirectNanoseconds);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Matches(in T @event, in Envelope envelope, ThreadCells thread, bool isDirect)
    {
        if (isDirect)
        {
            _counters.CountDirect(thread);
            return _filter.Matches(@event, envelope);
        }

        TKey key = _keyOf(@event, envelope);
        if (!_table.TryGet(key, out bool verdict))
            return MatchesMissed(key, @event, envelope, thread);
        _counters.CountHit(thread);
        return verdict;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MatchesMissed(in TKey key, in T @event, in Envelope envelope, ThreadCells thread)
    {
        _counters.CountMiss(thread);
        bool verdict = _filter.Matches(@event, envelope);
        if (_table.Add(key, verdict))
            _counters.CountEviction(thread);
        return verdict;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MatchesSampled(in T @event, in Envelope envelope, ThreadCells thread)
    {
        if (!_judge.TryEnter())
            return Matches(@event, envelope, thread, isDirect: _judge.State == FilterCacheState.Bypassed);
        try
        {
            if (!_judge.WantsSample())
                return Matches(@event, envelope, thread, isDirect: true);
            bool isDirect = _judge.NextIsDirect;
            long start = _judge.Now;
            bool verdict = Matches(@event, envelope, thread, isDirect);
            _judge.Record(isDirect, _judge.Now - start);
            return verdict;
        }
        finally
        {
            _judge.Exit();
        }
    }
}
