using BenchmarkDotNet.Attributes;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Micro;

/// <summary>
/// Reading all counters of an engine with the events of a virtual machine, a lane each for three of them, and as many subscriptions.
/// <code>engine (21 event types, 3 lanes, 3 subscriptions, running) -> snapshot</code>
/// </summary>
public class StatisticsSnapshotBenchmarks
{
    private EventEngine _engine = null!;

    [GlobalSetup]
    public void Setup()
    {
        _engine = new EngineBuilder().AddVmEvents().Build();
        EventProducer producer = _engine.CreateProducer();
        _engine.SubscribeBatch<InstructionRetired>(static (_, in _) => { });
        _engine.SubscribeBatch<BlockExecuted>(static (_, in _) => { });
        _engine.SubscribeBatch<PageFaulted>(static (_, in _) => { });
        _engine.Start();
        producer.GetLane<InstructionRetired>().Publish(default);
        producer.GetLane<BlockExecuted>().Publish(default);
        producer.GetLane<PageFaulted>().Publish(default);
    }

    [Benchmark]
    public EngineStatistics Snapshot() => _engine.GetStatistics();

    [GlobalCleanup]
    public void Cleanup()
    {
        if (_engine.GetStatistics().EventTypes.Sum(static type => type.Ledger.Published) != 3)
            throw new InvalidOperationException("The snapshot does not show the three events.");
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
