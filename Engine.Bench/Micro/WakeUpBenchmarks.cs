using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Micro;

/// <summary>
/// The way of an event to a dispatcher that sleeps, from before the publish until the calling thread sees that the
/// handler has run. An invocation is a single wake-up, so the bytes that the memory diagnoser shows are mostly those of
/// measuring; the test of zero allocation counts the engine's.
/// <code>calling thread -> lane -> dispatcher, parked before each event -> handler -> calling thread</code>
/// </summary>
[IterationCount(100)]
public class WakeUpBenchmarks
{
    private readonly SummingHandler _handler = new();
    private EventEngine _engine = null!;
    private EventLane<InstructionRetired> _lane;

    [GlobalSetup]
    public void Setup()
    {
        _engine = new EngineBuilder().Configure(static o => (o.DispatcherCount, o.WaitStrategy) = (1, WaitStrategyKind.Blocking))
            .AddEvent<InstructionRetired>().Build();
        _engine.Subscribe<InstructionRetired>(_handler);
        _lane = _engine.CreateProducer().GetLane<InstructionRetired>();
        _engine.Start();
    }

    // The mark says that the dispatcher is about to sleep; the pause lets it fall asleep.
    [IterationSetup]
    public void WaitUntilParked()
    {
        while (!_engine.GetStatistics().Dispatchers[0].IsSleeping)
            Thread.Yield();
        Thread.Sleep(1);
        _handler.Reset();
    }

    [Benchmark]
    public void PublishToHandler()
    {
        _lane.Publish(Checksum.Event(1));
        while (_handler.Seen == 0)
            Thread.SpinWait(1);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        Checksum.Check(nameof(PublishToHandler), _handler.Sum, 1);
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
