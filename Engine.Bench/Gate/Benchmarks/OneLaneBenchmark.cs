using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// One producer and its lane of 16-byte events, in a ring of the default capacity, and an engine that is not started.
/// <code>this thread -> lane -> this thread dispatches</code>
/// </summary>
internal abstract class OneLaneBenchmark : GatedBenchmark
{
    /// <summary>Events of a segment. With ten percent more they still fit into the ring.</summary>
    protected const int EventsPerSegment = 28_672;

    private readonly CallerDispatch _dispatch;

    protected OneLaneBenchmark(int maxBatch)
    {
        Engine = new EngineBuilder()
            .Configure(options =>
            {
                options.DispatcherCount = 1;
                options.BatchSizing.Mode = BatchSizingMode.Fixed;
                options.BatchSizing.MaxBatch = maxBatch;
            })
            .AddEvent<InstructionRetired>(static d => d with { Capacity = 32_768 })
            .Build();
        Producer = Engine.CreateProducer("gate");
        Lane = Producer.GetLane<InstructionRetired>();
        _dispatch = new CallerDispatch(Engine);
    }

    public override int OperationsPerSegment => EventsPerSegment;

    protected EventEngine Engine { get; }

    protected EventProducer Producer { get; }

    protected EventLane<InstructionRetired> Lane { get; }

    public override void Dispose()
    {
        Producer.Dispose();
        Engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    protected void DispatchAll() => _dispatch.DispatchAll();

    /// <summary>Publishes events numbered from 0 in one call.</summary>
    protected void PublishNumbered(InstructionRetired[] events, int count)
    {
        PublishResult result = Lane.PublishBatch(events.AsSpan(0, count));
        Check("the number of accepted events", (ulong)result.Accepted, (ulong)count);
    }

    protected static InstructionRetired[] CreateNumbered(int count) =>
        [.. Enumerable.Range(0, count).Select(static number => Checksum.Event(number))];
}
