using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Judging;

/// <summary>Measures a benchmark of two builds and judges the head's.</summary>
internal sealed class BenchmarkJudge(ISampler sampler, Action<string> progress)
{
    /// <summary>Measures, measures again what is suspicious, and judges.</summary>
    /// <exception cref="ContractException">A build does not speak the contract.</exception>
    public async Task<BenchmarkResult> JudgeAsync(
        string basePath, string headPath, GatedBenchmarkInfo benchmark, Acceptance? acceptance, CancellationToken cancellationToken)
    {
        try
        {
            SampleRun run = await RunAsync(basePath, headPath, benchmark, "", cancellationToken).ConfigureAwait(false);
            if (!IsSuspicious(run, acceptance))
                return new BenchmarkResult(benchmark, VerdictOf(run, acceptance), run, Note: NoteOf(acceptance));
            SampleRun second = await RunAsync(basePath, headPath, benchmark, ", second run", cancellationToken).ConfigureAwait(false);
            return Judge(benchmark, run, second, acceptance);
        }
        catch (MeasurementException exception)
        {
            return new BenchmarkResult(benchmark, Verdict.Inconclusive, null, Note: exception.Message);
        }
    }

    /// <summary>The verdict on a benchmark whose first run was suspicious.</summary>
    public static BenchmarkResult Judge(GatedBenchmarkInfo benchmark, SampleRun run, SampleRun second, Acceptance? acceptance)
    {
        if (AllocatesMore(run, acceptance) && AllocatesMore(second, acceptance))
        {
            return new BenchmarkResult(benchmark, Verdict.AllocatesMore, run, second, FormattableString.Invariant(
                $"{run.BaseBytes:0.###} bytes per {benchmark.Operation} have become {run.HeadBytes:0.###}"));
        }

        if (!IsSlower(run, acceptance) || !IsSlower(second, acceptance))
            return new BenchmarkResult(benchmark, VerdictOf(run, acceptance), run, second, "the second run did not agree");
        return new BenchmarkResult(benchmark, benchmark.IsThreaded ? Verdict.Warning : Verdict.Slower, run, second,
            benchmark.IsThreaded ? "threaded benchmarks only warn" : NoteOf(acceptance));
    }

    private async Task<SampleRun> RunAsync(
        string basePath, string headPath, GatedBenchmarkInfo benchmark, string suffix, CancellationToken cancellationToken)
    {
        var samples = new List<ProcessSample>();
        for (int i = 0; i < VerdictRule.ProcessCount; i++)
        {
            progress($"{benchmark.Name}{suffix}, process {i + 1} of {VerdictRule.ProcessCount}");
            bool headFirst = i % 2 == 1;
            samples.Add(await sampler.SampleAsync(basePath, headPath, benchmark, headFirst, cancellationToken).ConfigureAwait(false));
        }

        return new SampleRun(samples);
    }

    private static bool IsSuspicious(SampleRun run, Acceptance? acceptance) =>
        IsSlower(run, acceptance) || AllocatesMore(run, acceptance);

    private static bool IsSlower(SampleRun run, Acceptance? acceptance) =>
        VerdictRule.IsSlower(run.Ratios, acceptance?.Limit ?? VerdictRule.MedianLimit);

    private static bool AllocatesMore(SampleRun run, Acceptance? acceptance) =>
        run.HeadBytes > Math.Max(run.BaseBytes, acceptance?.BytesPerOperation ?? 0);

    private static Verdict VerdictOf(SampleRun run, Acceptance? acceptance) =>
        acceptance is not null && (VerdictRule.IsSlower(run.Ratios) || AllocatesMore(run, null)) ? Verdict.Accepted
        : VerdictRule.IsFaster(run.Ratios) ? Verdict.Faster
        : Verdict.Pass;

    private static string? NoteOf(Acceptance? acceptance) =>
        acceptance is null ? null
        : FormattableString.Invariant($"accepted up to {acceptance.Limit:0.00} until {acceptance.Expires:yyyy-MM-dd}: {acceptance.Reason}");
}
