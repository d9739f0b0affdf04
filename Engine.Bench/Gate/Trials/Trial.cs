using System.Diagnostics;
using System.IO.Enumeration;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Gate.Reporting;

namespace Engine.Bench.Gate.Trials;

/// <summary>
/// Finds out how often the gate errs: it judges the base against itself and the seeded base against the base, many times.
/// The kinds of run take turns, so that both see the same moods of the machine.
/// </summary>
internal sealed class Trial(GateBuilds builds, BenchmarkJudge judge, string filter)
{
    /// <summary>Runs the trial; <paramref name="onRun"/> gets all runs so far after each.</summary>
    public async Task RunAsync(int unchanged, int seeded, Action<IReadOnlyList<TrialRun>> onRun, CancellationToken cancellationToken)
    {
        GatedBenchmarkInfo[] benchmarks = [.. LoadedSide.Load("base", builds.Base).Benchmarks
            .Where(benchmark => FileSystemName.MatchesSimpleExpression(filter, benchmark.Name))];
        if (benchmarks.Length == 0)
            throw new GateSetupException($"No gated benchmark matches \"{filter}\".");
        var runs = new List<TrialRun>();
        foreach (bool isSeeded in Order(unchanged, seeded))
        {
            runs.Add(await RunOneAsync(benchmarks, isSeeded, cancellationToken).ConfigureAwait(false));
            onRun(runs);
        }
    }

    /// <summary>Whether each run is a seeded one: spread evenly.</summary>
    public static IEnumerable<bool> Order(int unchanged, int seeded)
    {
        int total = unchanged + seeded;
        for (int i = 0; i < total; i++)
            yield return (i + 1) * seeded / total > i * seeded / total;
    }

    private async Task<TrialRun> RunOneAsync(GatedBenchmarkInfo[] benchmarks, bool isSeeded, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var results = new List<BenchmarkResult>();
        foreach (GatedBenchmarkInfo benchmark in benchmarks)
        {
            results.Add(await judge.JudgeAsync(
                builds.Base, isSeeded ? builds.SeededBase : builds.Base, benchmark, null, cancellationToken).ConfigureAwait(false));
        }

        return new TrialRun(isSeeded, results, Stopwatch.GetElapsedTime(start).TotalSeconds, LoadAverage.Read());
    }
}
