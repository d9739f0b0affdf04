using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Judging;

/// <summary>
/// Lets the gate judge what it has to pass and what it has to stop, on this machine and in its present mood. One benchmark
/// of each kind, so that it takes a minute and not six. A wrong judgement counts when it is the rule and not the exception:
/// it is made again, and the majority of <see cref="Judgements"/> decides, since each of the many judgements of a gate's run
/// errs now and then on a machine that others use too.
/// </summary>
internal static class SelfTest
{
    /// <summary>How many judgements of one benchmark there are at most. Odd, so that there is a majority.</summary>
    public const int Judgements = 3;

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
            unchanged.Add(await JudgeAsync("unchanged", builds.Base, benchmark, SelfTestResult.IsRightOfUnchanged).ConfigureAwait(false));
            seeded.Add(await JudgeAsync("seeded", builds.SeededBase, benchmark, SelfTestResult.IsRightOfSeeded).ConfigureAwait(false));
        }

        return new SelfTestResult(unchanged, seeded);

        async Task<BenchmarkResult> JudgeAsync(
            string kind, string headPath, GatedBenchmarkInfo benchmark, Func<BenchmarkResult, bool> isRight)
        {
            int right = 0;
            BenchmarkResult? wrong = null;
            for (int made = 1; ; made++)
            {
                BenchmarkResult result =
                    await judge.JudgeAsync(builds.Base, headPath, benchmark, null, cancellationToken).ConfigureAwait(false);
                onResult(kind, result);
                if (isRight(result))
                    right++;
                else
                    wrong = result;
                // The first one, or most of all.
                if (right == made || right > Judgements / 2)
                    return result;
                if (made - right > Judgements / 2)
                    return wrong!;
            }
        }
    }
}
