using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;

namespace Engine.Tests.Gate;

/// <summary>Measurements made up for tests of what is done with them.</summary>
internal static class GateSamples
{
    public static readonly double[] Even = [0.99, 1.00, 1.01, 1.00, 1.00, 0.98, 1.02];
    public static readonly double[] TenPercentSlower = [1.09, 1.10, 1.11, 1.10, 1.10, 1.08, 1.12];
    public static readonly double[] TenPercentFaster = [.. TenPercentSlower.Select(static ratio => 1 / ratio)];

    public static GatedBenchmarkInfo Benchmark { get; } = new("publish.subscribed", "event", IsThreaded: false);

    public static GatedBenchmarkInfo Threaded { get; } = new("topology.one-to-one", "event", IsThreaded: true);

    public static GateBuilds Builds { get; } = new(new string('b', 40), "base.dll", "seeded.dll", new string('c', 40), false, "head.dll");

    public static ProcessSample Sample(double ratio, double baseBytes = 0, double headBytes = 0) =>
        new(ratio, 10, 10 * ratio, baseBytes, headBytes, 1, 100);

    public static SampleRun Run(IEnumerable<double> ratios, double baseBytes = 0, double headBytes = 0) =>
        new([.. ratios.Select(ratio => Sample(ratio, baseBytes, headBytes))]);

    public static BenchmarkResult Result(Verdict verdict, GatedBenchmarkInfo? benchmark = null, string? note = null) => new(
        benchmark ?? Benchmark,
        verdict,
        verdict is Verdict.New or Verdict.Removed or Verdict.Inconclusive ? null : Run(verdict == Verdict.Slower ? TenPercentSlower : Even),
        verdict == Verdict.Slower ? Run(TenPercentSlower) : null,
        note);

    public static SelfTestResult SelfTest(Verdict unchanged = Verdict.Pass, Verdict seeded = Verdict.Slower) =>
        new([Result(unchanged)], [Result(seeded)]);

    public static GateResult Gate(SelfTestResult? selfTest, params BenchmarkResult[] benchmarks) => new(
        Builds, selfTest, benchmarks, null, new DateTimeOffset(2026, 1, 2, 3, 4, 0, TimeSpan.Zero), TimeSpan.FromSeconds(123));
}
