using Engine.Hosting;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>Instructions of the machine's interpreter.</summary>
internal abstract class MachineBenchmark(MachineLoop loop) : GatedBenchmark
{
    private ulong? _expectedHash;
    private ulong _retired;

    public override void Dispose() => loop.Dispose();

    protected override void Prepare(int operations) => loop.Reset();

    protected override void Execute(int operations) => _retired = loop.Run(operations);

    protected override void Verify(int operations)
    {
        Check("the number of retired instructions", _retired, (ulong)operations);
        _expectedHash ??= loop.Hash;
        Check("the guest's hash", loop.Hash, _expectedHash.Value);
    }
}

/// <summary>
/// A machine that nobody can watch: the loop without a probe.
/// <code>[ machine ]</code>
/// </summary>
internal sealed class MachineInterpreter() : MachineBenchmark(new MachineLoop(engine: null))
{
    public override int OperationsPerSegment => 200_000;
}

/// <summary>
/// Every instruction is published; dispatching is not measured.
/// <code>[ machine -> lane ] -> this thread dispatches</code>
/// </summary>
internal sealed class MachineInstructionProbe : MachineBenchmark
{
    private const int DrainBatch = 16_384;

    private readonly EventEngine _engine;
    private readonly CallerDispatch _dispatch;
    private readonly EventCounter _handler = new();

    public MachineInstructionProbe()
        : this(new EngineBuilder()
            .Configure(static options =>
            {
                options.DispatcherCount = 1;
                options.BatchSizing.Mode = BatchSizingMode.Fixed;
                options.BatchSizing.MaxBatch = DrainBatch;
            })
            .AddVmEvents()
            .Build())
    {
    }

    private MachineInstructionProbe(EventEngine engine)
        : base(new MachineLoop(engine))
    {
        _engine = engine;
        _dispatch = new CallerDispatch(engine);
        engine.SubscribeBatch(_handler);
    }

    public override int OperationsPerSegment => 57_344;

    public override void Dispose()
    {
        base.Dispose();
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    protected override void Verify(int operations)
    {
        base.Verify(operations);
        _handler.Reset();
        _dispatch.DispatchAll();
        Check("the number of handled events", _handler.Events, (ulong)operations);
    }
}
