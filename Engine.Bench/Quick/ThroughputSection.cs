using Engine.Bench.Peers;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>16-byte events from one producer to one consumer.</summary>
internal static class ThroughputSection
{
    private const int Rounds = 11;

    public static void Run(Report report, Progress progress)
    {
        RoundResult[] rounds = new Measurement(report, progress, Rounds).Throughput(
            "throughput",
            "16-byte events, one producer, one batch handler",
            [
                new EngineOneToOne(PublishForm.OneByOne),
                new EngineOneToOne(PublishForm.Writer),
                new EngineOneToOne(PublishForm.Span),
                new EngineOneToOne(PublishForm.Claim),
                new BareRingOneToOne(Topology.BarePause),
                new BareRingOneToOne(TimeSpan.Zero),
                new BoundedChannelSpinning(),
            ]);
        report.AddRatioTarget("one by one / bare hand-written loop", rounds, 0, 4, 0.8);
        report.AddRatioTarget("one by one / bounded Channel<T>", rounds, 0, 6, 20);
        report.AddRatioTarget("one by one / ring whose consumer polls without pause", rounds, 0, 5, 4);
    }
}
