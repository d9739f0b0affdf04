using Engine.Diagnostics;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions.Filters.Caching;

namespace Engine.Tests.Diagnostics;

/// <summary>Statistics print themselves as people read them.</summary>
public class StatisticsTextTests
{
    private static readonly RingLedger Ledger = new(
        Published: 2048, Dispatched: 2000, DroppedIncoming: 5, DroppedOldest: 3, Buffered: 40, Rejected: 7, Stalls: 0, StallTicks: 0);

    private static readonly EventTypeStatistics Numbers = new("test.number", Ledger, 1, 100, 64, 2000, DurationDistribution.Empty, 4096, 2);
    private static readonly SubscriptionStatistics Subscription = new(3, "audit", "test.number", 1999, 1);
    private static readonly DispatcherStatistics Dispatcher = new("engine-dispatcher-0", 3, TimeSpan.FromMicroseconds(2.5), 1024, true);

    [Test]
    public void A_ledger() => Assert.Multiple(() =>
    {
        Assert.That(Ledger.ToString(), Is.EqualTo("published 2,048, dispatched 2,000, lost 8, buffered 40, rejected 7, stalls 0"));
        Assert.That(
            (Ledger with { Stalls = 2, StallTicks = MonotonicClock.TicksPerSecond / 2 }).ToString(),
            Does.EndWith("stalls 2 of 500 ms in all"));
        Assert.That((Ledger with { Undelivered = 3 }).ToString(), Does.Contain("lost 8, undelivered 3, buffered 40"));
    });

    [Test]
    public void An_engine_and_its_parts() => Assert.Multiple(() =>
    {
        Assert.That(Numbers.ToString(), Is.EqualTo(
            $"test.number: {Ledger}; batches 100 of 20, largest 64; latency n 0; subscriptions 2, errors 1"));
        Assert.That(Subscription.ToString(), Is.EqualTo("\"audit\" (test.number): delivered 1,999, errors 1"));
        Assert.That(Dispatcher.ToString(), Is.EqualTo("engine-dispatcher-0: lanes 3, poll gap 2.5 us, batches of at most 1,024, asleep"));
        Assert.That((Dispatcher with { IsSleeping = false }).ToString(), Does.EndWith("awake"));
        Assert.That(
            (Dispatcher with { CoreLosses = 2, CoreLossTime = TimeSpan.FromMilliseconds(4) }).ToString(),
            Does.EndWith("asleep, core lost 2 times for 4 ms in all"));
        EventTypeStatistics quiet = new("test.quiet", default, 0, 0, 0, 0, DurationDistribution.Empty, 0, 0);
        Assert.That(
            new EngineStatistics(LifecycleState.Running, [Numbers, quiet], [Subscription], [Dispatcher]).ToString(),
            Is.EqualTo($"Running, event types 2, subscriptions 1, dispatchers 1\n  {Dispatcher}\n  {Numbers}\n  {Subscription}"));
    });

    [Test]
    public void A_stop() => Assert.Multiple(() =>
    {
        Assert.That(new StopReport(true, TimeSpan.FromMilliseconds(12), []).ToString(), Is.EqualTo("drained in 12 ms"));
        Assert.That(
            new StopReport(false, TimeSpan.FromSeconds(10), [new LeftEvents("test.number", 5000), new LeftEvents("test.other", 1)])
                .ToString(),
            Is.EqualTo("not drained in 10 s, left test.number 5,000, test.other 1"));
    });

    [Test]
    public void A_filter_cache() => Assert.Multiple(() =>
    {
        var statistics = new FilterCacheStatistics(900, 100, 10, 1, 99, 1024, FilterCacheState.Measuring, double.NaN, double.NaN);
        Assert.That(statistics.ToString(), Is.EqualTo(
            "hits 900, misses 100, direct 10, evictions 1, 99 of 1,024 verdicts. Not measured yet: the cache is used until it is."));
        Assert.That(
            (statistics with { State = FilterCacheState.Caching, CachedNanoseconds = 5, DirectNanoseconds = 50 }).ToString(),
            Does.EndWith("Caching: when last measured, an event took 5.0 ns through the cache and 50.0 ns with the filter alone."));
    });

    [Test]
    public void A_machine() => Assert.Multiple(() =>
    {
        Assert.That(
            new DeviceEventStatistics(2, 1, 1500, 4096, new Dictionary<uint, long> { [10] = 3, [1] = 2 }).ToString(),
            Is.EqualTo("added 2, removed 1, transferred 4,096 bytes, interrupts 1,500 (source 1: 2, source 10: 3)"));
        Assert.That(
            new DeviceEventStatistics(0, 0, 0, 0, new Dictionary<uint, long>()).ToString(),
            Is.EqualTo("added 0, removed 0, transferred 0 bytes, interrupts 0"));
        var hotSpots = new Dictionary<ulong, long> { [0x10] = 1, [0x20] = 4000, [0x30] = 3, [0x40] = 2 };
        Assert.That(
            new ExecutionEventStatistics(1_000_000, 20, 4, 1, hotSpots).ToString(),
            Is.EqualTo("instructions 1,000,000, compiled blocks 20, exits 1, hot spots 4 (0x20: 4,000, 0x30: 3, 0x40: 2)"));
        Assert.That(
            new MemoryEventStatistics(8192, 4096, 3, 2).ToString(),
            Is.EqualTo("allocated 8,192 bytes, freed 4,096 bytes, page faults 3, mappings 2"));
        Assert.That(
            new SnapshotEventStatistics(2, 1, 1, 150, 50).ToString(),
            Is.EqualTo("created 2 of 150 bytes, restored 1, deleted 1 of 50 bytes"));
        Assert.That(new HotBlock(0x8000_0000, 0.125).ToString(), Is.EqualTo("0x80000000: 12.5 %"));
    });
}
