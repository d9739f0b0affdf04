using Engine.Bench.Gate.Building;

namespace Engine.Bench.Gate.Judging;

/// <summary>All that one run of the gate found out.</summary>
/// <param name="Builds">What was compared.</param>
/// <param name="SelfTest">What the gate found out about itself; null where it could not even try.</param>
/// <param name="Benchmarks">What it found out about the head.</param>
/// <param name="Problem">Why nothing can be said, beside what is in the others; null for none.</param>
/// <param name="Started">When it began.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record GateResult(
    GateBuilds Builds,
    SelfTestResult? SelfTest,
    IReadOnlyList<BenchmarkResult> Benchmarks,
    string? Problem,
    DateTimeOffset Started,
    TimeSpan Duration)
{
    /// <summary>What the gate says. A gate that fails its own test says nothing about the head.</summary>
    public GateOutcome Outcome =>
        Problem is not null || SelfTest is not { IsPassed: true } ? GateOutcome.Inconclusive
        : Benchmarks.Any(static result => result.Fails) ? GateOutcome.Failed
        : Benchmarks.Any(static result => result.Verdict == Verdict.Inconclusive) ? GateOutcome.Inconclusive
        : GateOutcome.Passed;

    /// <summary>Why, one sentence each.</summary>
    public IReadOnlyList<string> Reasons =>
    [
        .. Problem is null ? Array.Empty<string>() : [Problem],
        .. SelfTest?.Errors.Select(static error => $"Self-test: {error}") ?? [],
        .. Benchmarks.Where(static result => result.Fails || result.Verdict == Verdict.Inconclusive)
            .Select(static result => $"{result.Benchmark.Name}: {result.Verdict}{(result.Note is null ? "" : $", {result.Note}")}."),
    ];
}
