using System.Globalization;
using Engine.Events.Vm;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Gateway.Feeds;

/// <summary>
/// Adds up what a machine publishes to its engine, and publishes that: rates from the engine's ledger, the hottest blocks, faults
/// by page, traps by cause, and the end of what the guest prints. Not one of the machine's events goes out by itself.
/// </summary>
public sealed class VmFeed : IAsyncDisposable
{
    private const int MaxBlocks = 10;
    private const int MaxCountedBlocks = 64;
    private const int MaxPages = 10;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly EventGateway _gateway;
    private readonly EventEngine _engine;
    private readonly string _machineId;
    private readonly ConsoleTail _console = new();
    private readonly PageFaultCounts _faults = new();
    private readonly Dictionary<string, long> _published = [];
    private readonly Subscription _faultSubscription;
    private ExecutionEventHandler? _own;
    private VmSource? _source;
    private PeriodicFeed? _feed;
    private long _instructions;
    private long _faultTotal;
    private long _lastRates;
    private long _lastFaults;
    private long _calls;

    /// <summary>Subscribes to faults; before the machine is made, so that none is missed.</summary>
    /// <param name="gateway">Where it goes.</param>
    /// <param name="engine">The machine's engine.</param>
    /// <param name="machineId">What the machine is called.</param>
    public VmFeed(EventGateway gateway, EventEngine engine, string machineId)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrWhiteSpace(machineId);
        (_gateway, _engine, _machineId) = (gateway, engine, machineId);
        _faultSubscription = engine.SubscribeBatch<PageFaulted>(
            _faults.Add, new SubscriptionOptions<PageFaulted> { Name = "faults by page" });
        _lastRates = _lastFaults = gateway.TimeProvider.GetTimestamp();
        gateway.SetAccount(machineId, ReadAccount);
    }

    /// <summary>Takes a byte that the guest prints. Called by one thread at a time; does not wait.</summary>
    /// <param name="value">The byte.</param>
    public void WriteConsole(byte value) => _console.Write(value);

    /// <summary>Begins to publish: figures each second or two, and what is printed twice a second. Once.</summary>
    /// <param name="source">What is read of the machine.</param>
    public void Start(VmSource source)
    {
        Attach(source);
        _feed = new PeriodicFeed(Period, _gateway.TimeProvider, Publish);
    }

    /// <summary>
    /// Publishes the last figures, exact ones, and nothing behind them. When the machine has stopped and its engine has handled all.
    /// </summary>
    /// <param name="instructions">How many instructions the machine has retired.</param>
    public async Task StopAsync(long instructions)
    {
        if (Interlocked.Exchange(ref _feed, null) is not { } feed)
            return;
        await feed.DisposeAsync().ConfigureAwait(false);
        _source = _source! with { ReadInstructions = () => instructions };
        PublishConsole();
        PublishAll("stopped");
    }

    /// <summary>Ends publishing and all subscriptions. Once it has returned, nothing of the machine is read.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _feed, null) is { } feed)
            await feed.DisposeAsync().ConfigureAwait(false);
        _faultSubscription.Dispose();
        _own?.Dispose();
    }

    internal void Attach(VmSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (_source is not null)
            throw new InvalidOperationException("A feed is started once.");
        _source = source;
        if (source.Execution is not null)
            return;
        _own = new ExecutionEventHandler(_engine);
        // Single instructions would cost the guest most of its speed, and blocks tell as much.
        _own.Register(static type => type != InstructionRetired.Descriptor);
    }

    private MachineAccount ReadAccount()
    {
        // Read before: an engine that has stopped meanwhile is not said to have been at rest.
        bool isAtRest = _engine.State == LifecycleState.Stopped;
        MachineAccountRow[] rows = [.. _engine.GetLedgers().Where(static row => row.Ledger.Offered > 0).Select(static row =>
            new MachineAccountRow(
                row.EventType, row.Producer.Id, row.Producer.Name, row.Ledger.Offered, row.Ledger.Published, row.Ledger.Dispatched,
                row.Ledger.DroppedIncoming, row.Ledger.DroppedOldest, row.Ledger.Rejected, row.Ledger.Buffered))];
        bool isBalanced = Array.TrueForAll(rows, static row =>
            row.Published == row.Dispatched + row.DroppedIncoming + row.DroppedOldest + row.Buffered);
        return new MachineAccount(_machineId, isAtRest, isBalanced, Volatile.Read(ref _instructions), rows);
    }

    internal VmRates TakeRates(string state)
    {
        // All that may throw comes first: a machine that is gone must not take the time without what came in it.
        long instructions = _source!.ReadInstructions();
        EngineStatistics statistics = _engine.GetStatistics();
        double seconds = Elapsed(ref _lastRates);
        double mips = (instructions - _instructions) / seconds / 1e6;
        Volatile.Write(ref _instructions, instructions);
        VmEventRate[] rates = [.. statistics.EventTypes.Where(static type => type.Ledger.Published > 0).Select(type =>
        {
            long published = type.Ledger.Published;
            double perSecond = (published - _published.GetValueOrDefault(type.Name)) / seconds;
            _published[type.Name] = published;
            return new VmEventRate(
                type.Name, published, Math.Round(perSecond), type.Ledger.Dispatched,
                type.Ledger.DroppedIncoming + type.Ledger.DroppedOldest, Math.Round(type.AverageBatch, 1), Micros(type.Latency, 0.5),
                Micros(type.Latency, 0.99), type.HandlerErrors);
        })];
        return new VmRates(new Aggregation("rate", (long)(seconds * 1000), 0), state, instructions, Math.Round(mips, 1), rates);
    }

    internal VmHotBlocks TakeHotBlocks()
    {
        VmHotBlock[] blocks = [.. (_source?.Execution ?? _own)!.GetHottestBlocks(MaxCountedBlocks).Select(block => new VmHotBlock(
            Hex(block.FirstPc), Math.Round(block.InstructionShare, 4), _source?.FindSymbol?.Invoke(block.FirstPc)))];
        return new VmHotBlocks(
            new Aggregation("heavy_hitters", 0, Math.Max(0, blocks.Length - MaxBlocks)), [.. blocks.Take(MaxBlocks)],
            [
                .. blocks.Where(static block => block.Symbol is not null).GroupBy(static block => block.Symbol!.Split("+0x")[0])
                    .Select(static function => new VmHotFunction(
                        function.Key, Math.Round(function.Sum(static block => block.Share), 4)))
                    .OrderByDescending(static function => function.Share).Take(MaxBlocks),
            ]);
    }

    internal VmPageFaults TakeFaults()
    {
        double seconds = Elapsed(ref _lastFaults);
        long total = _faults.Total;
        double perSecond = (total - _faultTotal) / seconds;
        _faultTotal = total;
        VmPage[] pages = [.. _faults.Top(MaxPages, out long omitted).Select(static page => new VmPage(Hex(page.Page), page.Faults))];
        return new VmPageFaults(
            new Aggregation("top", 0, omitted), total, Math.Round(perSecond, 1), pages, _source?.ReadTraps?.Invoke() ?? [],
            _source?.FindSymbol is { } find
                ? [.. _faults.TopFunctions(find, MaxPages).Select(static one => new VmFaultingFunction(one.Function, one.Faults))]
                : []);
    }

    /// <summary>What the guest has printed since the last time; null if nothing.</summary>
    internal VmConsole? TakeConsole()
    {
        string text = _console.Take(out long omitted);
        return text.Length == 0 ? null : new VmConsole(new Aggregation("tail", 0, omitted), text);
    }

    private void Publish()
    {
        PublishConsole();
        long call = _calls++;
        if (call % 4 == 3)
            PublishAll("running");
        else if (call % 2 == 1)
            _gateway.Publish(TakeRates("running"), _machineId);
    }

    private void PublishAll(string state)
    {
        _gateway.Publish(TakeRates(state), _machineId);
        _gateway.Publish(TakeHotBlocks(), _machineId);
        _gateway.Publish(TakeFaults(), _machineId);
    }

    private void PublishConsole()
    {
        if (TakeConsole() is { } text)
            _gateway.Publish(text, _machineId);
    }

    private double Elapsed(ref long since)
    {
        long now = _gateway.TimeProvider.GetTimestamp();
        double seconds = Math.Max(_gateway.TimeProvider.GetElapsedTime(since, now).TotalSeconds, 0.001);
        since = now;
        return seconds;
    }

    private static double Micros(DurationDistribution times, double share) =>
        times.Count == 0 ? 0 : Math.Round(times.Percentile(share).TotalMicroseconds, 1);

    private static string Hex(ulong value) => "0x" + value.ToString("x16", CultureInfo.InvariantCulture);
}
