using Engine.Bench.Gate.Judging;

namespace Engine.Bench.Gate.Trials;

/// <summary>One judgement of all benchmarks, of which it is known what it has to be.</summary>
/// <param name="IsSeeded">Whether the head is the base slowed down; otherwise it is the base itself.</param>
/// <param name="Results">One per benchmark.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="LoadAverage">Runnable threads of the machine when it ended, in the mean of the last minute.</param>
internal sealed record TrialRun(bool IsSeeded, IReadOnlyList<BenchmarkResult> Results, double Seconds, double? LoadAverage);
