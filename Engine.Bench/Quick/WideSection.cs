using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>64-byte events from one producer to one consumer.</summary>
internal static class WideSection
{
    private const int Rounds = 7;

    public static void Run(Report report, Progress progress)
    {
        IEventTransfer[] transfers =
        [
            new EngineWide(PublishForm.OneByOne),
            new EngineWide(PublishForm.Writer),
            new EngineWide(PublishForm.Span),
            new EngineWide(PublishForm.Claim),
            new BareWide(1),
            new BareWide(NumberedEvents.SpanLength),
            new StandInWide(),
        ];
        const string Title = "64-byte events, one producer, one batch handler";
        string[] names = [.. transfers.Select(static transfer => transfer.Name)];
        RoundResult[] rounds = new Measurement(report, progress, Rounds).Throughput("wide", Title, transfers);
        int[] bare = [4, 5];
        report.Add(DistanceTable.Create("wide-distance", Title, names, rounds, bare, "M events/s"));
        report.AddBestRatioTarget("64 bytes, one by one / best bare loop", rounds, 0, bare, 0.9);
        report.AddBestRatioTarget("64 bytes, claims / best bare loop", rounds, 3, bare, 0.95);
        report.AddRatioTarget("64 bytes, spans / batches of the Disruptor stand-in", rounds, 2, 6, 1.3);
        report.AddRatioTarget("64 bytes, claims / batches of the Disruptor stand-in", rounds, 3, 6, 1.3);
    }
}
