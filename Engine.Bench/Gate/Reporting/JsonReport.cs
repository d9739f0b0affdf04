using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Reporting;

namespace Engine.Bench.Gate.Reporting;

/// <summary>The report for programs. Property names are permanent.</summary>
internal static class JsonReport
{
    /// <summary>How all of the gate's JSON is written.</summary>
    public static JsonSerializerOptions Format { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Write(GateResult result) => JsonSerializer.Serialize(
        new
        {
            FormatVersion = 1,
            result.Outcome,
            result.Reasons,
            result.Started,
            Seconds = Math.Round(result.Duration.TotalSeconds, 1),
            Base = result.Builds.BaseCommit,
            Head = result.Builds.HeadCommit,
            result.Builds.HeadHasChanges,
            Machine = Machine(),
            Rule = new { VerdictRule.ProcessCount, VerdictRule.MedianLimit, VerdictRule.SecondSmallestLimit },
            Plan = MeasurementPlan.Default,
            ProcessSampler.RuntimeSettings,
            SelfTest = result.SelfTest is null ? null : new
            {
                result.SelfTest.IsPassed,
                Unchanged = result.SelfTest.Unchanged.Select(Row),
                Seeded = result.SelfTest.Seeded.Select(Row),
            },
            Benchmarks = result.Benchmarks.Select(Row),
        },
        Format);

    /// <summary>What is written of the machine.</summary>
    public static object Machine() => new { Facts = MachineFacts.Read(), LoadAverage = LoadAverage.Read() };

    /// <summary>What is written of a benchmark.</summary>
    public static object Row(BenchmarkResult result) => new
    {
        result.Benchmark.Name,
        result.Benchmark.Operation,
        result.Benchmark.IsThreaded,
        result.Verdict,
        result.Note,
        Run = Figures(result.Run),
        Confirmation = Figures(result.Confirmation),
    };

    private static object? Figures(SampleRun? run) => run is null ? null : new
    {
        run.Ratio,
        run.Lowest,
        run.Highest,
        run.Ratios,
        run.BaseNanoseconds,
        run.HeadNanoseconds,
        run.BaseBytes,
        run.HeadBytes,
    };
}
