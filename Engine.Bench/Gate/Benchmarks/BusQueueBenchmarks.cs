using Engine.Bus;
using Engine.Events.Vm;
using Engine.Primitives;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// A subscription with a queue that has room for all events of a segment. Publishing into it and handling what is in it are
/// measured apart, on one thread.
/// </summary>
internal abstract class BusQueueBenchmark : BusBenchmark
{
    // Of a segment, and of one with ten percent more, batches of this size are all full: none waits for others.
    private const int BatchSize = 32;
    private const int EventCount = 100 * BatchSize;
    private const int QueueCapacity = 4_096;

    private readonly CallerDispatchOfBus _dispatch;

    protected BusQueueBenchmark(ProcessingMode mode)
        : base(handlerCount: 1)
    {
        IsBatch = mode == ProcessingMode.Batch;
        var options = new BusSubscriptionOptions<InstructionRetired>
        {
            Mode = mode,
            QueueCapacity = QueueCapacity,
            OverflowPolicy = OverflowPolicy.Fail,
            BatchSize = BatchSize,
        };
        if (IsBatch)
            Bus.SubscribeBatch<InstructionRetired>(Handlers[0], options);
        else
            Bus.Subscribe<InstructionRetired>(Handlers[0], options);
        _dispatch = new CallerDispatchOfBus(Bus);
    }

    public override int OperationsPerSegment => EventCount;

    private bool IsBatch { get; }

    protected void DispatchAll() => _dispatch.DispatchAll();

    protected override void Verify(int operations)
    {
        if (!IsBatch)
        {
            base.Verify(operations);
            return;
        }

        Check("the number of handled events", Handlers[0].Events, (ulong)operations);
        ulong batches = (ulong)(operations / BatchSize);
        Check("the sum of the batches' first numbers", Handlers[0].NumberSum, BatchSize * batches * (batches - 1) / 2);
    }
}

/// <summary>
/// Publishing into the queue; handling is not measured.
/// <code>[ this thread -> bus -> queue ] -> this thread handles</code>
/// </summary>
internal sealed class BusEnqueue(ProcessingMode mode) : BusQueueBenchmark(mode)
{
    protected override void Execute(int operations) => PublishNumbered(operations);

    protected override void Verify(int operations)
    {
        DispatchAll();
        base.Verify(operations);
    }
}

/// <summary>
/// Handling what is in the queue; publishing is not measured.
/// <code>this thread -> bus -> [ queue -> this thread handles ]</code>
/// </summary>
internal sealed class BusDispatch(ProcessingMode mode) : BusQueueBenchmark(mode)
{
    protected override void Prepare(int operations)
    {
        base.Prepare(operations);
        PublishNumbered(operations);
    }

    protected override void Execute(int operations) => DispatchAll();
}
