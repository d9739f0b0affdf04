using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;

namespace Engine.Bench.Micro;

/// <summary>
/// Dispatching a batch to handlers that sum it up. The time is that of one event with all its handlers, and includes
/// publishing it as part of a span.
/// <code>calling thread: span of 1,024 -> ring -> one batch -> handlers 1 to N</code>
/// </summary>
public class DispatchBenchmarks
{
    private const int Events = 1024;

    private readonly InstructionRetired[] _events = [.. Enumerable.Range(0, Events).Select(static i => Checksum.Event(i))];
    private OneThreadLane<InstructionRetired> _lane = null!;
    private SummingHandler[] _handlers = [];

    [Params(1, 3, 10)]
    public int Handlers { get; set; }

    [GlobalSetup(Target = nameof(Batch))]
    public void SetupBatch() => Setup(static (engine, handler) => engine.SubscribeBatch<InstructionRetired>(handler));

    [GlobalSetup(Target = nameof(PerEvent))]
    public void SetupPerEvent() => Setup(static (engine, handler) => engine.Subscribe<InstructionRetired>(handler));

    [Benchmark(OperationsPerInvoke = Events)]
    public void Batch() => Run();

    [Benchmark(OperationsPerInvoke = Events)]
    public void PerEvent() => Run();

    private void Setup(Action<EventEngine, SummingHandler> subscribe)
    {
        _lane = new OneThreadLane<InstructionRetired>();
        _handlers = [.. Enumerable.Range(0, Handlers).Select(static _ => new SummingHandler())];
        foreach (SummingHandler handler in _handlers)
            subscribe(_lane.Engine, handler);
    }

    private void Run()
    {
        _lane.Lane.PublishBatch(_events);
        _lane.Dispatch(Events);
        foreach (SummingHandler handler in _handlers)
        {
            Checksum.Check(nameof(DispatchBenchmarks), handler.Sum, Checksum.Expected(Events));
            handler.Reset();
        }
    }
}
