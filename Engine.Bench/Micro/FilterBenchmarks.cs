using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Micro;

/// <summary>
/// Dispatching a batch through a filter to one batch handler. Half of the events pass, in runs of 64, where the filter
/// looks at the payload. The time is that of one published event.
/// <code>calling thread: span of 1,024 -> ring -> one batch -> filter -> batch handler</code>
/// </summary>
public class FilterBenchmarks
{
    private const int Events = 1024;
    private const int RunLength = 64;

    private static readonly EventFilter<InstructionRetired> EvenRuns =
        EventFilter.Where(static (in InstructionRetired e) => (e.Pc & RunLength) == 0);

    private readonly InstructionRetired[] _events = [.. Enumerable.Range(0, Events).Select(static i => Checksum.Event(i))];
    private OneThreadLane<InstructionRetired> _lane = null!;
    private SummingHandler _handler = null!;
    private ulong _expectedSum;

    [GlobalSetup(Target = nameof(None))]
    public void SetupNone() => Setup(static _ => null, static _ => true);

    [GlobalSetup(Target = nameof(Producer))]
    public void SetupProducer() => Setup(EventFilter.FromProducer<InstructionRetired>, static _ => true);

    [GlobalSetup(Target = nameof(Predicate))]
    public void SetupPredicate() => Setup(static _ => EvenRuns, Passes);

    [GlobalSetup(Target = nameof(Chain))]
    public void SetupChain() => Setup(
        static id => EventFilter.FromProducer<InstructionRetired>(id)
            .And(EventFilter.FromProducer<InstructionRetired>(id + 1).Not())
            .And(EvenRuns),
        Passes);

    [Benchmark(Baseline = true, OperationsPerInvoke = Events)]
    public void None() => Run();

    [Benchmark(OperationsPerInvoke = Events)]
    public void Producer() => Run();

    [Benchmark(OperationsPerInvoke = Events)]
    public void Predicate() => Run();

    [Benchmark(OperationsPerInvoke = Events)]
    public void Chain() => Run();

    private static bool Passes(InstructionRetired e) => (e.Pc & RunLength) == 0;

    private void Setup(Func<int, EventFilter<InstructionRetired>?> createFilter, Func<InstructionRetired, bool> passes)
    {
        _lane = new OneThreadLane<InstructionRetired>();
        _handler = new SummingHandler();
        _expectedSum = _events.Where(passes).Aggregate(0UL, static (sum, e) => sum + e.Pc);
        _lane.Engine.SubscribeBatch(_handler, new SubscriptionOptions<InstructionRetired> { Filter = createFilter(_lane.ProducerId) });
    }

    private void Run()
    {
        _lane.Lane.PublishBatch(_events);
        _lane.Dispatch(Events);
        Checksum.Check(nameof(FilterBenchmarks), _handler.Sum, _expectedSum);
        _handler.Reset();
    }
}
