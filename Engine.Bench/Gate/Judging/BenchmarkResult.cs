using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Judging;

/// <summary>What was found out about one benchmark.</summary>
/// <param name="Benchmark">The benchmark.</param>
/// <param name="Verdict">What the gate says.</param>
/// <param name="Run">The measurement; null where there was none.</param>
/// <param name="Confirmation">The second run, where the first was suspicious.</param>
/// <param name="Note">What the reader should know beside: a reason, an acceptance.</param>
internal sealed record BenchmarkResult(
    GatedBenchmarkInfo Benchmark, Verdict Verdict, SampleRun? Run, SampleRun? Confirmation = null, string? Note = null)
{
    public bool Fails => Verdict is Verdict.Slower or Verdict.AllocatesMore or Verdict.Removed;
}
