using Engine.Events;
using Engine.Subscriptions.Filters;
using Engine.Subscriptions.Filters.Caching;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions.Filters;

public class CachedFilterTests
{
    /// <summary>Events until a decision is due: a window to warm up and one that counts, and one of slack.</summary>
    private const int EventsToDecide = 3 * 2 * FilterCacheJudge.SamplesPerWindow * CallsPerSample;

    private const int CallsPerSample = CachedFilter<Number, long>.CallsPerSample;

    [Test]
    public void An_equal_key_is_judged_once()
    {
        var filter = new CountingFilter();
        CachedFilter<Number, long> cached = Cache(filter);
        bool[] passed = [.. Enumerable.Range(0, 100).Select(i => cached.Matches(new Number(i % 4), default))];
        Assert.That(passed, Is.EqualTo(Enumerable.Range(0, 100).Select(static i => i % 4 % 2 == 0)));
        FilterCacheStatistics statistics = cached.GetStatistics();
        Assert.That((filter.Asked, statistics.Hits, statistics.Misses, statistics.Count), Is.EqualTo((4, 96L, 4L, 4)));
        Assert.That(statistics.HitRate, Is.EqualTo(0.96));
    }

    [Test]
    public void A_full_cache_replaces_and_counts_it()
    {
        CachedFilter<Number, long> cached = Cache(new CountingFilter(), capacity: 8);
        for (int i = 0; i < 100; i++)
            Assert.That(cached.Matches(new Number(i), default), Is.EqualTo(i % 2 == 0));
        FilterCacheStatistics statistics = cached.GetStatistics();
        Assert.That(statistics.Count, Is.LessThanOrEqualTo(8));
        Assert.That(statistics.Misses - statistics.Evictions, Is.EqualTo(statistics.Count));
    }

    [Test]
    public void Keys_with_one_hash_code_are_told_apart()
    {
        var filter = new CountingFilter();
        CachedFilter<Number, SameHash> cached = filter.Cached(static (in Number number, in Envelope _) => new SameHash(number.Value));
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < 5; i++)
                Assert.That(cached.Matches(new Number(i), default), Is.EqualTo(i % 2 == 0));
        }
    }

    [Test]
    public void A_key_may_hold_references()
    {
        EventFilter<OrderCreated> filter = EventFilter.Where(static (in OrderCreated order) => order.Customer == "a");
        CachedFilter<OrderCreated, string> cached = filter.Cached(static (in OrderCreated order, in Envelope _) => order.Customer);
        foreach (string customer in new[] { "a", "b", new('a', 1), new('b', 1) })
            Assert.That(cached.Matches(new OrderCreated(1, customer), default), Is.EqualTo(customer == "a"));
        Assert.That(cached.GetStatistics().Hits, Is.EqualTo(2));
    }

    [Test]
    public void What_a_filter_throws_is_passed_on_and_not_remembered()
    {
        bool fails = true;
        EventFilter<Number> filter = EventFilter.Where((in Number _) => fails ? throw new FormatException("no") : true);
        CachedFilter<Number, long> cached = Cache(filter);
        Assert.Throws<FormatException>(() => cached.Matches(new Number(1), default));
        Assert.Throws<FormatException>(() => cached.Matches(new Number(1), default));
        Assert.That((cached.GetStatistics().Count, cached.GetStatistics().Misses), Is.EqualTo((0, 2L)));
        fails = false;
        Assert.That(cached.Matches(new Number(1), default), Is.True);
        fails = true;
        Assert.That(cached.Matches(new Number(1), default), Is.True);
    }

    [Test]
    public void A_filter_that_throws_at_every_sample_stops_nothing()
    {
        EventFilter<Number> filter = EventFilter.Where(static (in Number _) => throw new FormatException("no"));
        CachedFilter<Number, long> cached = Cache(filter);
        for (int i = 0; i < 4 * CallsPerSample; i++)
            Assert.Throws<FormatException>(() => cached.Matches(new Number(1), default));
        Assert.That(cached.GetStatistics().State, Is.EqualTo(FilterCacheState.Measuring));
    }

    [Test]
    public void A_verdict_for_the_batch_is_the_filters_own([Values] FilterVerdict verdict)
    {
        CachedFilter<Number, long> cached = Cache(new VerdictFilter(verdict));
        Assert.That(cached.EvaluateBatch(default), Is.EqualTo(verdict));
    }

    [Test]
    public void A_cache_that_is_faster_is_used()
    {
        var costs = new Costs { Filter = 50, Key = 1 };
        CachedFilter<Number, long> cached = costs.Cache();
        Assert.That(cached.GetStatistics().Reason, Does.StartWith("Not measured yet"));
        Run(cached, EventsToDecide);
        FilterCacheStatistics statistics = cached.GetStatistics();
        Assert.That(statistics.State, Is.EqualTo(FilterCacheState.Caching));
        Assert.That(statistics.DirectNanoseconds, Is.EqualTo(5000));
        Assert.That(statistics.CachedNanoseconds, Is.EqualTo(100));
        Assert.That(statistics.Reason, Is.EqualTo(
            "Caching: when last measured, an event took 100.0 ns through the cache and 5000.0 ns with the filter alone."));
    }

    [Test]
    public void A_cache_that_is_slower_is_bypassed_and_tried_again_with_a_margin()
    {
        var costs = new Costs { Filter = 10, Key = 11 };
        CachedFilter<Number, long> cached = costs.Cache();
        Run(cached, EventsToDecide);
        Assert.That(cached.GetStatistics().State, Is.EqualTo(FilterCacheState.Bypassed));
        long asked = costs.Asked;
        Run(cached, 1000);
        Assert.That(costs.Asked - asked, Is.EqualTo(1000), "bypassed: the filter itself judges");

        // Faster, but by less than the margin.
        costs.Key = 9;
        Run(cached, RestOf(1) + EventsToDecide);
        Assert.That(
            (cached.GetStatistics().State, cached.GetStatistics().CachedNanoseconds), Is.EqualTo((FilterCacheState.Bypassed, 900.0)));

        // The next rest is twice as long.
        costs.Key = 7;
        Run(cached, RestOf(1) + EventsToDecide);
        Assert.That(cached.GetStatistics().State, Is.EqualTo(FilterCacheState.Bypassed));
        Run(cached, RestOf(1));
        Assert.That(cached.GetStatistics().State, Is.EqualTo(FilterCacheState.Caching));

        // In use, it stays while it is not slower.
        costs.Key = 10;
        Run(cached, EventsToDecide);
        Assert.That(cached.GetStatistics().State, Is.EqualTo(FilterCacheState.Caching));
    }

    [Test]
    public void An_interruption_in_a_sample_does_not_decide()
    {
        var costs = new Costs { Filter = 10, Key = 1 };
        CachedFilter<Number, long> cached = costs.Cache();
        Run(cached, EventsToDecide - (CallsPerSample * FilterCacheJudge.SamplesPerWindow));
        costs.Key = 1_000_000;
        Run(cached, CallsPerSample * 2);
        costs.Key = 1;
        Run(cached, EventsToDecide);
        Assert.That(
            (cached.GetStatistics().State, cached.GetStatistics().CachedNanoseconds), Is.EqualTo((FilterCacheState.Caching, 100.0)));
    }

    [Test]
    public void A_hit_does_not_allocate()
    {
        CachedFilter<Number, long> cached = Cache(new CountingFilter());
        Assert.That(Allocations.Of(() => cached.Matches(new Number(2), default)), Is.Zero);
    }

    [Test]
    public void Bad_use_is_refused([Values(0, 1, 3, 1 << 21, -8)] int capacity)
    {
        string message = Thrown.By<ArgumentOutOfRangeException>(() => Cache(new CountingFilter(), capacity)).Message;
        Assert.That(message, Does.Contain("power of two from 2 to 1048576").And.Contain($"{capacity}"));
        Assert.Throws<ArgumentNullException>(static () => new CountingFilter().Cached<long>(null!));
    }

    private static void Run(CachedFilter<Number, long> filter, int events)
    {
        for (int i = 0; i < events; i++)
        {
            if (!filter.Matches(new Number(5), default))
                Assert.Fail("A wrong verdict.");
        }
    }

    private static int RestOf(int rests) => rests * FilterCacheJudge.FirstRest * CallsPerSample;

    /// <summary>A cache whose clock stands still, so that it is always found to be worth it.</summary>
    private static CachedFilter<Number, long> Cache(EventFilter<Number> filter, int capacity = 1024) =>
        filter.Cached(static (in Number number, in Envelope _) => number.Value, capacity, new ManualTime());

    private readonly record struct SameHash(long Value)
    {
        public override int GetHashCode() => 7;
    }

    private sealed class CountingFilter : EventFilter<Number>
    {
        public int Asked { get; private set; }

        public override bool Matches(in Number @event, in Envelope envelope)
        {
            Asked++;
            return @event.Value % 2 == 0;
        }
    }

    private sealed class VerdictFilter(FilterVerdict verdict) : EventFilter<Number>
    {
        public override FilterVerdict EvaluateBatch(in Envelope envelope) => verdict;

        public override bool Matches(in Number @event, in Envelope envelope) => verdict == FilterVerdict.All;
    }

    /// <summary>A filter and a key selector that move a clock by what they cost, in units of 100 ns.</summary>
    private sealed class Costs
    {
        private readonly ManualTime _time = new();

        public int Filter { get; init; }

        public int Key { get; set; }

        public long Asked { get; private set; }

        public CachedFilter<Number, long> Cache()
        {
            EventFilter<Number> filter = EventFilter.Where((in Number _) => Spend(Filter, asks: 1));
            return filter.Cached(
                (in Number number, in Envelope _) =>
                {
                    Spend(Key, asks: 0);
                    return number.Value;
                },
                64, _time);
        }

        private bool Spend(int ticks, int asks)
        {
            Asked += asks;
            _time.Advance(TimeSpan.FromTicks(ticks));
            return true;
        }
    }
}
