using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Judging;

/// <summary>
/// Lets the gate judge what it has to pass and what it has to stop, on this machine and in its present mood. One benchmark
/// of each kind, so that it takes a minute and not six.
/// </summary>
internal static class SelfTest
{
    /// <summary>The benchmarks it is done with: publishing, dispatching, the machine.</summary>
    public static IReadOnlyList<string> Benchmarks { get; } = ["publish.subscribed", "dispatch.event", "machine.instruction-probe"];

    /// <exception cref="ContractException">
    /// The base does not speak the contract, or has not these benchmarks or no seeded build.
    /// </exception>
    public static async Task<SelfTestResult> RunAsync(
        BenchmarkJudge judge, GateBuilds builds, Action<string, BenchmarkResult> onResult, CancellationToken cancellationToken)
    {
        LoadedSide side = LoadedSide.Load("base", builds.Base);
        if (!LoadedSide.Load("seeded", builds.SeededBase).IsSeeded)
            throw new ContractException("The base knows no seeded slow-down, so the gate cannot test itself with it.");
        var unchanged = new List<BenchmarkResult>();
        var seeded = new List<BenchmarkResult>();
        foreach (string name in Benchmarks)
        {
            GatedBenchmarkInfo benchmark = side.Benchmarks.FirstOrDefault(benchmark => benchmark.Name == name)
                ?? throw new ContractException($"The base has no benchmark {name}, which the self-test needs.");
            unchanged.Add(await judge.JudgeAsync(builds.Base, builds.Base, benchmark, null, cancellationToken).ConfigureAwait(false));
            onResult("unchanged", unchanged[^1]);
            seeded.Add(await judge.JudgeAsync(builds.Base, builds.SeededBase, benchmark, null, cancellationToken).ConfigureAwait(false));
            onResult("seeded", seeded[^1]);
        }

        return new SelfTestResult(unchanged, seeded);
    }
}
