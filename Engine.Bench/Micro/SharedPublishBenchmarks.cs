using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Micro;

/// <summary>
/// Threads without a producer, which share a lane. The time is that of one event of all threads together.
/// <code>threads 1 to N -> shared lane -> dispatcher -> batch handler</code>
/// </summary>
public class SharedPublishBenchmarks
{
    // A multiple of each number of threads.
    private const int Events = 1_200_000;

    private readonly SummingHandler _handler = new();
    private EventEngine _engine = null!;
    private SharedEventLane<InstructionRetired> _lane = null!;

    [Params(1, 2, 3, 4)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<InstructionRetired>().Build();
        _engine.SubscribeBatch<InstructionRetired>(_handler);
        _lane = _engine.GetSharedLane<InstructionRetired>();
        _engine.Start();
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public void OneByOne()
    {
        int each = Events / Threads;
        _handler.Reset();
        var others = new Thread[Threads - 1];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(() => NumberedEvents.PublishOneByOne(_lane, each));
            others[i].Start();
        }

        NumberedEvents.PublishOneByOne(_lane, each);
        foreach (Thread other in others)
            other.Join();
        _handler.WaitUntilSeen(Events);
        Checksum.Check(nameof(OneByOne), _handler.Sum, (ulong)Threads * Checksum.Expected(each));
    }

    [GlobalCleanup]
    public void Cleanup() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
