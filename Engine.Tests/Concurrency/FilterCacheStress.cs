using System.Diagnostics;
using Engine.Events;
using Engine.Subscriptions.Filters;
using Engine.Subscriptions.Filters.Caching;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// A small cache under threads that keep replacing its entries gives the verdicts of the filter alone, and its counts add
/// up.
/// </summary>
[NonParallelizable]
internal sealed class FilterCacheStress
{
    private const int ThreadCount = 4;
    private const int Events = 400_000;

    [Test]
    public void Wide_keys_are_never_mixed_up([Values(2, 16, 256)] int capacity)
    {
        // A verdict that depends on all words of the key: a half-written key would show.
        EventFilter<Number> filter = EventFilter.Where(static (in Number number) => KeyOf(number).Passes);
        Run(filter.Cached(static (in Number number, in Envelope _) => KeyOf(number), capacity, new ManualTime()),
            static n => KeyOf(n).Passes);
    }

    [Test]
    public void Keys_with_references_are_never_mixed_up()
    {
        string[] names = [.. Enumerable.Range(0, 64).Select(static i => $"name-{i}")];
        EventFilter<Number> filter = EventFilter.Where(static (in Number number) => number.Value % 3 == 0);
        Run(
            filter.Cached(
                (in Number number, in Envelope _) => (names[number.Value], -number.Value, names[63 - number.Value]), 16, new ManualTime()),
            static number => number.Value % 3 == 0);
    }

    [Test]
    public void A_cache_that_comes_and_goes_gives_the_same_verdicts()
    {
        // The time that each look at the clock takes is random, and so is the decision.
        EventFilter<Number> filter = EventFilter.Where(static (in Number number) => KeyOf(number).Passes);
        Run(filter.Cached(static (in Number number, in Envelope _) => KeyOf(number), 16, new RandomTime()), static n => KeyOf(n).Passes);
    }

    private static void Run<TKey>(CachedFilter<Number, TKey> cached, Func<Number, bool> expected)
        where TKey : notnull, IEquatable<TKey>
    {
        Threads.Run(ThreadCount, thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < Events; i++)
            {
                var number = new Number(random.Next(64));
                if (cached.Matches(number, default) != expected(number))
                    throw new InvalidOperationException($"A wrong verdict for {number.Value}.");
            }
        });
        FilterCacheStatistics statistics = cached.GetStatistics();
        Assert.That(statistics.Hits + statistics.Misses + statistics.DirectCount, Is.EqualTo((long)ThreadCount * Events));
        Assert.That(statistics.Hits, Is.Positive);
        Assert.That(statistics.Count, Is.LessThanOrEqualTo(statistics.Capacity));
        Assert.That(statistics.Evictions, Is.LessThanOrEqualTo(statistics.Misses));
    }

    private static WideKey KeyOf(Number number)
    {
        // Words of different keys combine to keys that exist too, with the other verdict.
        long value = number.Value;
        return new WideKey(value & 1, (value >> 1) & 1, (value >> 2) & 1, (value >> 3) & 1, (value >> 4) & 1, (value >> 5) & 1);
    }

    private readonly record struct WideKey(long A, long B, long C, long D, long E, long F)
    {
        public bool Passes => ((A ^ B ^ C ^ D ^ E ^ F) & 1) == 0;
    }

    private sealed class RandomTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => Stopwatch.Frequency;

        public override long GetTimestamp() => Interlocked.Add(ref _now, Random.Shared.Next(1000));
    }
}
