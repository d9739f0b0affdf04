using Engine.Bench.Support;

namespace Engine.Bench.Reporting;

/// <summary>
/// Measures variants in rounds and adds their table to a report. Each variant runs once before, for the compiler, whose
/// threads would compete for the cores.
/// </summary>
/// <param name="report">Where tables go.</param>
/// <param name="progress">Where progress goes.</param>
/// <param name="rounds">Number of rounds.</param>
internal sealed class Measurement(Report report, Progress progress, int rounds)
{
    private const int LatencySampleCount = 20_000;

    public Report Report => report;

    /// <summary>Where progress goes.</summary>
    public Progress Progress => progress;

    /// <summary>Million events per second of each transfer; disposes of them.</summary>
    /// <param name="name">Name of the table.</param>
    /// <param name="title">Title of the table.</param>
    /// <param name="transfers">The variants; ratios are to the first.</param>
    public RoundResult[] Throughput(string name, string title, IReadOnlyList<IEventTransfer> transfers)
    {
        RoundResult[] results = Rounds(name, transfers.Count, i => Interleaved.MillionsPerSecond(transfers[i], transfers[i].EventCount));
        report.Add(RoundsTable.Create(name, title, [.. transfers.Select(static t => t.Name)], results, "M events/s"), results);
        Dispose(transfers);
        return results;
    }

    /// <summary>Latencies of each run; disposes of them.</summary>
    /// <param name="name">Name of the table.</param>
    /// <param name="title">Title of the table.</param>
    /// <param name="runs">The variants; ratios are to the first.</param>
    /// <returns>Median and 99th percentile of each variant, round by round.</returns>
    public (RoundResult[] P50, RoundResult[] P99) Latency(string name, string title, IReadOnlyList<ILatencyRun> runs)
    {
        // The first, for the compiler, is left out below.
        List<LatencySamples>[] runsOf = [.. runs.Select(static _ => new List<LatencySamples>())];
        RoundResult[] p50 = Rounds(name, runs.Count, i =>
        {
            runsOf[i].Add(Interleaved.Latencies(runs[i], LatencySampleCount));
            return runsOf[i][^1].Percentile(0.5);
        });
        RoundResult[] p99 = [
            .. p50.Select((round, r) => round with { Values = [.. runsOf.Select(of => (double)of[r + 1].Percentile(0.99))] })];
        LatencySamples[] all = [.. runsOf.Select(static of => LatencySamples.Merge(of.Skip(1)))];
        report.Add(RoundsTable.CreateOfLatencies(name, title, [.. runs.Select(static r => r.Name)], p50, all), p50);
        Dispose(runs);
        return (p50, p99);
    }

    /// <summary>Any figure of variants, in rounds, after one run of each.</summary>
    public RoundResult[] Rounds(string name, int variants, Func<int, double> measure)
    {
        progress.Step($"{name}, warming up");
        for (int i = 0; i < variants; i++)
            measure(i);
        return Interleaved.Run(rounds, variants, measure, round => Step(name, round));
    }

    private void Step(string name, int round) => progress.Step($"{name}, round {round + 1} of {rounds}");

    private static void Dispose(IEnumerable<IDisposable> variants)
    {
        foreach (IDisposable variant in variants)
            variant.Dispose();
    }
}
