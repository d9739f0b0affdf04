namespace Engine.Bench.Gate.Measuring;

/// <summary>What a build says about a benchmark.</summary>
/// <param name="Name">Its permanent name.</param>
/// <param name="Operation">What is counted, in the singular.</param>
/// <param name="IsThreaded">Whether other threads take part: timed by the wall clock, and only a warning.</param>
internal sealed record GatedBenchmarkInfo(string Name, string Operation, bool IsThreaded);
