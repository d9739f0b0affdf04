using Engine.Bench.Peers;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>Thin traffic: one event every 10 microseconds, from when it is due to its handler.</summary>
internal static class LatencySection
{
    private const int Rounds = 9;

    public static void Run(Report report, Progress progress)
    {
        ILatencyRun[] variants = [EngineLatency.FromOneProducer("engine"), new BoundedChannel(), new BoundedChannelSpinning()];
        string[] names = [.. variants.Select(static variant => variant.Name)];
        (RoundResult[] p50, RoundResult[] p99) = new Measurement(report, progress, Rounds).Latency(
            "latency", "One event every 10 us, from due to handled", variants);
        report.Add(RoundsTable.Create("latency-p99", "One event every 10 us, from due to handled, p99", names, p99, "ns"));
        report.AddRatioTarget("thin traffic, p50: Channel<T> / engine", p50, 1, 0, 1);
        report.AddRatioTarget("thin traffic, p99: Channel<T> / engine", p99, 1, 0, 1);
    }
}
