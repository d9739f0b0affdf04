namespace Engine.Bench.Gate.Judging;

/// <summary>What the gate found out about itself, by builds of which it knows what it has to say.</summary>
/// <param name="Unchanged">The base against itself.</param>
/// <param name="Seeded">The slowed-down base against the base.</param>
internal sealed record SelfTestResult(IReadOnlyList<BenchmarkResult> Unchanged, IReadOnlyList<BenchmarkResult> Seeded)
{
    /// <summary>What it said wrong, one sentence each.</summary>
    public IReadOnlyList<string> Errors =>
    [
        .. Unchanged.Where(static result => !IsRightOfUnchanged(result))
            .Select(static result => $"{result.Benchmark.Name} of the base against itself is {result.Verdict}{Because(result)}."),
        .. Seeded.Where(static result => !IsRightOfSeeded(result))
            .Select(static result => $"{result.Benchmark.Name} with a seeded slow-down of 10 % is {result.Verdict}{Because(result)}."),
    ];

    public bool IsPassed => Errors.Count == 0;

    /// <summary>Whether this may be said of the base against itself.</summary>
    public static bool IsRightOfUnchanged(BenchmarkResult result) => !result.Fails && result.Verdict != Verdict.Inconclusive;

    /// <summary>Whether this has to be said of the slowed-down base.</summary>
    public static bool IsRightOfSeeded(BenchmarkResult result) => result.Verdict == Verdict.Slower;

    private static string Because(BenchmarkResult result) => result.Note is null ? "" : $" ({result.Note})";
}
