using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// A producer and a real dispatcher thread, each on a core of its own.
/// <code>[ this thread -> lane -> dispatcher -> batch handler ]</code>
/// </summary>
internal sealed class TopologyOneToOne : GatedBenchmark
{
    private readonly EngineOneToOne _topology = new(PublishForm.OneByOne);
    private ulong _sum;

    public override int OperationsPerSegment => 1_000_000;

    public override void Dispose() => _topology.Dispose();

    protected override void Execute(int operations) => _sum = _topology.Run(operations);

    protected override void Verify(int operations) =>
        Check("the sum of the handled numbers", _sum, Checksum.Expected(operations));
}
