using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Micro;

/// <summary>
/// A filter alone and behind a cache of 1,024 verdicts. The filter is a chain of dependent multiplications, each about a
/// nanosecond. Hot: 256 keys, so that nearly every look-up hits. Half: every other event has a key of its own. Cold: every
/// event has. The time is that of one event; where the filter is the faster, the cache is out of use by itself.
/// </summary>
public class FilterCacheBenchmarks
{
    private const int Events = 4096;
    private const int WarmUpRounds = 100;

    private readonly MemoryAccessed[] _hot = [.. Enumerable.Range(0, Events).Select(static i => Access((ulong)(i * 7) % 256))];
    private readonly MemoryAccessed[] _half = [
        .. Enumerable.Range(0, Events).Select(static i => Access((ulong)(i % 2 == 0 ? i % 256 : i + 4096)))];
    private readonly MemoryAccessed[] _cold = [.. Enumerable.Range(0, Events).Select(static i => Access((ulong)(i + 4096)))];
    private EventFilter<MemoryAccessed> _filter = null!;
    private EventFilter<MemoryAccessed> _cached = null!;
    private int _expected;

    /// <summary>Multiplications in the filter.</summary>
    [Params(1, 10, 50, 200, 1000)]
    public int Cost { get; set; }

    [GlobalSetup(Targets = [nameof(Alone), nameof(Hot)])]
    public void SetupHot() => Setup(_hot);

    [GlobalSetup(Target = nameof(Half))]
    public void SetupHalf() => Setup(_half);

    [GlobalSetup(Target = nameof(Cold))]
    public void SetupCold() => Setup(_cold);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public void Alone() => Run(_filter, _hot);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Hot() => Run(_cached, _hot);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Half() => Run(_cached, _half);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Cold() => Run(_cached, _cold);

    private static MemoryAccessed Access(ulong page) => new(0, page << 12, 0, 8, MemoryAccessKind.Load);

    private static bool Passes(ulong address, int cost)
    {
        ulong x = address >> 12;
        for (int i = 0; i < cost; i++)
            x = (x * 0x9E3779B97F4A7C15) + 1;
        return (long)x >= 0;
    }

    private void Setup(MemoryAccessed[] events)
    {
        int cost = Cost;
        _filter = EventFilter.Where((in MemoryAccessed access) => Passes(access.Address, cost));
        _cached = _filter.Cached(static (in MemoryAccessed access, in Envelope _) => access.Address >> 12);
        _expected = events.Count(access => Passes(access.Address, cost));
        // Until the cache is full and has decided.
        for (int i = 0; i < WarmUpRounds; i++)
            Run(_cached, events);
    }

    private void Run(EventFilter<MemoryAccessed> filter, MemoryAccessed[] events)
    {
        int passed = 0;
        foreach (ref readonly MemoryAccessed access in events.AsSpan())
            passed += filter.Matches(access, default) ? 1 : 0;
        Checksum.Check(nameof(FilterCacheBenchmarks), (ulong)passed, (ulong)_expected);
    }
}
