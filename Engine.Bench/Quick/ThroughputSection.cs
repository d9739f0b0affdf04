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
        IEventTransfer[] transfers =
        [
            new EngineOneToOne(PublishForm.OneByOne),
            new EngineOneToOne(PublishForm.Writer),
            new EngineOneToOne(PublishForm.Span),
            new EngineOneToOne(PublishForm.Claim),
            new BareRingOneToOne(Topology.BarePause),
            new BareRingOneToOne(Topology.BarePause, BareForm.LinesAhead),
            new BareRingOneToOne(Topology.BarePause, BareForm.Spans),
            new BareRingOneToOne(TimeSpan.Zero),
            new BoundedChannelSpinning(),
            new StandInTransfer(StandInForm.OneByOneYielding),
            new StandInTransfer(StandInForm.OneByOneBusySpin),
            new StandInTransfer(StandInForm.Batches),
        ];
        const string Title = "16-byte events, one producer, one batch handler";
        RoundResult[] rounds = new Measurement(report, progress, Rounds).Throughput("throughput", Title, transfers);
        int[] bare = [4, 5, 6];
        report.Add(DistanceTable.Create(
            "throughput-distance", Title, [.. transfers.Select(static transfer => transfer.Name)], rounds, bare, "M events/s"));
        report.AddRatioTarget("one by one / bare loop one by one", rounds, 0, 4, 0.8);
        report.AddBestRatioTarget("one by one / best bare loop", rounds, 0, bare, 0.9);
        report.AddBestRatioTarget("one by one with a writer / best bare loop", rounds, 1, bare, 0.9);
        report.AddBestRatioTarget("spans / best bare loop", rounds, 2, bare, 0.95);
        report.AddBestRatioTarget("claims / best bare loop", rounds, 3, bare, 0.95);
        report.AddRatioTarget("one by one / bounded Channel<T>", rounds, 0, 8, 20);
        report.AddRatioTarget("one by one / ring whose consumer polls without pause", rounds, 0, 7, 4);
    }
}
