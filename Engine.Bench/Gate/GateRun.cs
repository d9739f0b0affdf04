using System.Diagnostics;
using System.IO.Enumeration;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate;

/// <summary>One run of the gate over builds that are there: the self-test, then every benchmark that the filter lets through.</summary>
internal sealed class GateRun(
    GateBuilds builds, IReadOnlyDictionary<string, Acceptance> acceptances, string filter, BenchmarkJudge judge,
    Action<string, BenchmarkResult> onResult)
{
    public async Task<GateResult> RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        SelfTestResult? selfTest = null;
        var results = new List<BenchmarkResult>();
        string? problem = null;
        try
        {
            selfTest = await SelfTest.RunAsync(judge, builds, (kind, result) => onResult($"self-test, {kind}", result), cancellationToken)
                .ConfigureAwait(false);
            await JudgeAllAsync(results, cancellationToken).ConfigureAwait(false);
        }
        catch (ContractException exception)
        {
            problem = exception.Message;
        }

        return new GateResult(builds, selfTest, results, problem, started, Stopwatch.GetElapsedTime(start));
    }

    private async Task JudgeAllAsync(List<BenchmarkResult> results, CancellationToken cancellationToken)
    {
        IReadOnlyList<GatedBenchmarkInfo> inBase = LoadedSide.Load("base", builds.Base).Benchmarks;
        IReadOnlyList<GatedBenchmarkInfo> inHead = LoadedSide.Load("head", builds.Head).Benchmarks;
        foreach (GatedBenchmarkInfo benchmark in inHead.UnionBy(inBase, static benchmark => benchmark.Name))
        {
            if (!FileSystemName.MatchesSimpleExpression(filter, benchmark.Name))
                continue;
            results.Add(!Has(inBase, benchmark) ? new BenchmarkResult(benchmark, Verdict.New, null)
                : !Has(inHead, benchmark) ? new BenchmarkResult(benchmark, Verdict.Removed, null, Note: "the head does not have it")
                : await judge.JudgeAsync(
                    builds.Base, builds.Head, benchmark, acceptances.GetValueOrDefault(benchmark.Name), cancellationToken)
                    .ConfigureAwait(false));
            onResult("head", results[^1]);
        }
    }

    private static bool Has(IEnumerable<GatedBenchmarkInfo> benchmarks, GatedBenchmarkInfo wanted) =>
        benchmarks.Any(benchmark => benchmark.Name == wanted.Name);
}
