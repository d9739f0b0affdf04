using Engine.Bench.Gate.Judging;
using Engine.Bench.Support;

namespace Engine.Bench.Gate.Trials;

/// <summary>How often the gate erred.</summary>
internal sealed class TrialSummary
{
    private readonly IReadOnlyList<TrialRun> _unchanged;
    private readonly IReadOnlyList<TrialRun> _seeded;

    public TrialSummary(IReadOnlyList<TrialRun> runs)
    {
        _unchanged = [.. runs.Where(static run => !run.IsSeeded)];
        _seeded = [.. runs.Where(static run => run.IsSeeded)];
        string[] names = [.. runs.SelectMany(static run => run.Results).Select(static result => result.Benchmark.Name).Distinct()];
        Benchmarks = [.. names.Select(SummariseBenchmark)];
    }

    public int UnchangedRuns => _unchanged.Count;

    public int SeededRuns => _seeded.Count;

    /// <summary>Runs of the base against itself that would have stopped somebody.</summary>
    public int RunsWithFalseAlarm => _unchanged.Count(static run => run.Results.Any(static result => result.Fails));

    /// <summary>Seeded runs that would have been stopped.</summary>
    public int RunsStopped => _seeded.Count(static run => run.Results.Any(static result => result.Fails));

    /// <summary>Seeded runs that missed no benchmark, the threaded ones apart.</summary>
    public int RunsWithoutMiss => _seeded.Count(static run =>
        run.Results.All(static result => result.Fails || result.Benchmark.IsThreaded));

    /// <summary>Runs in which one of the self-test's benchmarks was judged wrongly.</summary>
    public int RunsWithSelfTestError =>
        _unchanged.Count(static run => run.Results.Any(static result => IsOfSelfTest(result) && result.Fails))
        + _seeded.Count(static run => run.Results.Any(static result => IsOfSelfTest(result) && !result.Fails));

    public IReadOnlyList<BenchmarkSummary> Benchmarks { get; }

    private static bool IsOfSelfTest(BenchmarkResult result) => SelfTest.Benchmarks.Contains(result.Benchmark.Name);

    private BenchmarkSummary SummariseBenchmark(string name)
    {
        BenchmarkResult[] unchanged = ResultsOf(_unchanged, name);
        BenchmarkResult[] seeded = ResultsOf(_seeded, name);
        return new BenchmarkSummary(
            name,
            unchanged.Concat(seeded).First().Benchmark.IsThreaded,
            unchanged.Count(static result => result.Fails),
            unchanged.Count(static result => result.Confirmation is not null),
            seeded.Count(static result => result.Fails),
            unchanged.Concat(seeded).Count(static result => result.Run is null),
            Spread.Of(unchanged),
            Spread.Of(seeded));
    }

    private static BenchmarkResult[] ResultsOf(IEnumerable<TrialRun> runs, string name) =>
        [.. runs.SelectMany(static run => run.Results).Where(result => result.Benchmark.Name == name)];

    /// <summary>How often the gate erred about one benchmark.</summary>
    /// <param name="Name">The benchmark.</param>
    /// <param name="IsThreaded">Whether it only warns.</param>
    /// <param name="FalseAlarms">Runs of the base against itself that failed.</param>
    /// <param name="Suspicions">Runs of the base against itself that needed a second run.</param>
    /// <param name="Detections">Seeded runs that failed, as they have to.</param>
    /// <param name="Unmeasured">Runs that could not be measured.</param>
    /// <param name="Unchanged">Ratios of the base against itself, one per run.</param>
    /// <param name="Seeded">Ratios of the seeded base against the base, one per run.</param>
    internal sealed record BenchmarkSummary(
        string Name, bool IsThreaded, int FalseAlarms, int Suspicions, int Detections, int Unmeasured, Spread? Unchanged, Spread? Seeded);

    /// <summary>Where ratios lie. <see cref="WorstProcess"/> is the single process that was furthest from 1.</summary>
    internal sealed record Spread(double Lowest, double Median, double Highest, double WorstProcess)
    {
        public static Spread? Of(IEnumerable<BenchmarkResult> results)
        {
            SampleRun[] runs = [.. results.Select(static result => result.Run).OfType<SampleRun>()];
            double[] ratios = [.. runs.Select(static run => run.Ratio)];
            return ratios.Length == 0 ? null : new Spread(
                ratios.Min(), Statistics.Median(ratios), ratios.Max(),
                runs.SelectMany(static run => run.Ratios).MaxBy(static ratio => Math.Abs(Math.Log(ratio))));
        }
    }
}
