using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Hosting;

namespace Engine.Bench.Quick;

/// <summary>
/// Sparse traffic, 15,000 events a second: what the dispatcher's thread uses of a core, and what it takes from when an event is due to
/// its handler, under each wait strategy.
/// </summary>
internal static class SparseSection
{
    private const int Rounds = 5;
    private const int Count = 7_500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1.0 / 15_000);

    private static readonly WaitStrategyKind[] Strategies =
        [WaitStrategyKind.Adaptive, WaitStrategyKind.Blocking, WaitStrategyKind.Yielding, WaitStrategyKind.BusySpin];

    public static void Run(Report report, Progress progress)
    {
        if (!ThreadClock.IsSupported)
            return;
        List<LatencySamples>[] latencies = [.. Strategies.Select(static _ => new List<LatencySamples>())];
        RoundResult[] shares = new Measurement(report, progress, Rounds).Rounds("sparse traffic", Strategies.Length, i =>
        {
            var samples = new LatencySamples();
            latencies[i].Add(samples);
            // An engine of its own: the dispatchers of others may spin, and keep a processor awake that would sleep.
            using var run = new SparseRun(Strategies[i]);
            return run.Run(Count, Interval, samples);
        });

        // The first of each was for the compiler.
        LatencySamples[] all = [.. latencies.Select(static of => LatencySamples.Merge(of.Skip(1)))];
        double[] share = [.. Strategies.Select((_, i) => Statistics.Median(shares.Select(round => round.Values[i])))];
        report.Add(new Table(
            "sparse",
            "15,000 events a second: the dispatcher's share of a core, and latency from due to handled",
            [new Column("share", "% of one core"), new Column("p50", "ns"), new Column("p99", "ns")],
            [.. Strategies.Select((strategy, i) =>
                new Row($"{strategy}", [share[i], all[i].Percentile(0.5), all[i].Percentile(0.99)]))]));
        report.AddTarget("sparse traffic, % of one core", share[0], 5, share[0] < 5);
        double microseconds = all[0].Percentile(0.5) / 1_000.0;
        report.AddTarget("sparse traffic, p50 in microseconds", microseconds, 20, microseconds < 20);
    }
}
