using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Hosting;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Reading all counters of an engine that a machine publishes into: 21 lanes, three subscriptions.
/// <code>[ engine -> statistics ]</code>
/// </summary>
internal sealed class StatisticsSnapshot : GatedBenchmark
{
    private const int SnapshotCount = 50;

    private readonly EventEngine _engine;
    private readonly Machine _machine;
    private ulong _eventTypes;

    public StatisticsSnapshot()
    {
        _engine = new EngineBuilder().Configure(static options => options.DispatcherCount = 1).AddVmEvents().Build();
        for (int i = 0; i < 3; i++)
            _engine.SubscribeBatch<PageFaulted>(static (_, in _) => { });
        _machine = new Machine(new MachineOptions { RamSize = MachineLoop.RamSize }, _engine);
    }

    public override int OperationsPerSegment => SnapshotCount;

    public override void Dispose()
    {
        _machine.Dispose();
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    protected override void Execute(int operations)
    {
        ulong eventTypes = 0;
        for (int i = 0; i < operations; i++)
            eventTypes += (ulong)_engine.GetStatistics().EventTypes.Count;
        _eventTypes = eventTypes;
    }

    protected override void Verify(int operations) =>
        Check("the number of event types", _eventTypes, (ulong)operations * (ulong)VmEvents.All.Count);
}
