using System.Globalization;
using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Server.Events;
using Engine.Subscriptions;

namespace Engine.Server.Feeds;

/// <summary>
/// Watches a machine and adds up what it publishes: rates from the engine's ledger, the hottest blocks, faults by page, traps by
/// cause, and the end of what the guest prints. Not one of the machine's events goes out by itself.
/// </summary>
internal sealed class MachineFeed : IDisposable
{
    private const int MaxBlocks = 10;
    private const int MaxPages = 10;

    private readonly EventEngine _engine;
    private readonly TimeProvider _timeProvider;
    private readonly ConsoleTail _console;
    private readonly PageFaultCounts _faults = new();
    private readonly ExecutionEventHandler _execution;
    private readonly MemoryEventHandler _memory;
    private readonly Dictionary<string, long> _published = [];
    private ulong _instructions;
    private long _faultTotal;
    private long _lastRates;
    private long _lastFaults;

    /// <summary>Subscribes; before the machine is made, so that nothing is missed.</summary>
    public MachineFeed(EventEngine engine, ConsoleTail console, TimeProvider timeProvider)
    {
        (_engine, _console, _timeProvider) = (engine, console, timeProvider);
        _execution = new ExecutionEventHandler(engine);
        _memory = new MemoryEventHandler(engine);
        // Single instructions would cost the guest most of its speed, and blocks tell as much.
        _execution.Register(static type => type != InstructionRetired.Descriptor);
        _memory.Register();
        engine.SubscribeBatch<PageFaulted>(_faults.Add, new SubscriptionOptions<PageFaulted> { Name = "faults by page" });
        _lastRates = _lastFaults = timeProvider.GetTimestamp();
    }

    /// <summary>The machine; set before anything is taken.</summary>
    public Machine Machine { get; set; } = null!;

    public VmRates TakeRates(string state)
    {
        double seconds = Elapsed(ref _lastRates);
        ulong instructions = ReadInstructions();
        double mips = (instructions - _instructions) / seconds / 1e6;
        _instructions = instructions;
        VmEventRate[] rates = [.. _engine.GetStatistics().EventTypes.Where(static type => type.Ledger.Published > 0).Select(type =>
        {
            long published = type.Ledger.Published;
            double perSecond = (published - _published.GetValueOrDefault(type.Name)) / seconds;
            _published[type.Name] = published;
            return new VmEventRate(
                type.Name, published, Math.Round(perSecond), type.Ledger.Dispatched,
                type.Ledger.DroppedIncoming + type.Ledger.DroppedOldest, Math.Round(type.AverageBatch, 1), Micros(type.Latency, 0.5),
                Micros(type.Latency, 0.99), type.HandlerErrors);
        })];
        return new VmRates(
            new Aggregation("rate", (long)(seconds * 1000), 0), state, (long)instructions, Math.Round(mips, 1), rates);
    }

    public VmHotBlocks TakeHotBlocks() => new(
        new Aggregation("heavy_hitters", 0, 0),
        [.. _execution.GetHottestBlocks(MaxBlocks).Select(static block => new VmHotBlock(
            Hex(block.FirstPc), Math.Round(block.InstructionShare, 4)))]);

    public VmPageFaults TakeFaults()
    {
        double seconds = Elapsed(ref _lastFaults);
        long total = _faults.Total;
        double perSecond = (total - _faultTotal) / seconds;
        _faultTotal = total;
        VmPage[] pages = [.. _faults.Top(MaxPages, out long omitted).Select(static page => new VmPage(Hex(page.Page), page.Faults))];
        return new VmPageFaults(
            new Aggregation("top", 0, omitted), total, Math.Round(perSecond, 1), pages,
            [.. TrapsOf("exception", Machine.Traps.Exceptions), .. TrapsOf("interrupt", Machine.Traps.Interrupts)]);
    }

    /// <summary>What the guest has printed since the last time; null if nothing.</summary>
    public VmConsole? TakeConsole()
    {
        string text = _console.Take(out long omitted);
        return text.Length == 0 ? null : new VmConsole(new Aggregation("tail", 0, omitted), text);
    }

    public void Dispose()
    {
        _execution.Dispose();
        _memory.Dispose();
    }

    private ulong ReadInstructions()
    {
        try
        {
            return Machine.RetiredInstructions;
        }
        catch (ObjectDisposedException)
        {
            return _instructions;
        }
    }

    private double Elapsed(ref long since)
    {
        long now = _timeProvider.GetTimestamp();
        double seconds = Math.Max(_timeProvider.GetElapsedTime(since, now).TotalSeconds, 0.001);
        since = now;
        return seconds;
    }

    private static List<VmTrapCount> TrapsOf(string kind, ReadOnlySpan<long> counts)
    {
        var traps = new List<VmTrapCount>();
        for (int cause = 0; cause < counts.Length; cause++)
        {
            if (counts[cause] > 0)
                traps.Add(new VmTrapCount(kind, cause, counts[cause]));
        }

        return traps;
    }

    private static double Micros(DurationDistribution times, double share) =>
        times.Count == 0 ? 0 : Math.Round(times.Percentile(share).TotalMicroseconds, 1);

    private static string Hex(ulong value) => "0x" + value.ToString("x16", CultureInfo.InvariantCulture);
}
