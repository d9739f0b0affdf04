namespace Engine.Bench.Gate.Judging;

/// <summary>A slow-down that was wanted, by a reviewed entry of the acceptance file.</summary>
/// <param name="Benchmark">Name of the benchmark.</param>
/// <param name="Limit">The ratio up to which it may be slower than the base.</param>
/// <param name="Reason">Why.</param>
/// <param name="Expires">The last day on which the entry counts.</param>
/// <param name="BytesPerOperation">What it may allocate; null for no more than the base.</param>
internal sealed record Acceptance(string Benchmark, double Limit, string Reason, DateOnly Expires, double? BytesPerOperation = null);
