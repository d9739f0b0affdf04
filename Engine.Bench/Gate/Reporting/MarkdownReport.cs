using System.Globalization;
using System.Text;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Reporting;

namespace Engine.Bench.Gate.Reporting;

/// <summary>The report for readers.</summary>
internal static class MarkdownReport
{
    public static string Write(GateResult result)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Performance gate: {result.Outcome.ToString().ToLowerInvariant()}").AppendLine();
        foreach (string reason in result.Reasons)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {Escape(reason)}");
        if (result.Reasons.Count > 0)
            text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Base `{result.Builds.BaseCommit}`, head " +
            $"`{result.Builds.HeadCommit}`{(result.Builds.HeadHasChanges ? " with uncommitted changes" : "")}, " +
            $"{result.Started:yyyy-MM-dd HH:mm} UTC, {result.Duration.TotalSeconds:0} s.");
        text.AppendLine().AppendLine(
            "A ratio above 1 means that the head is slower. The interval is the lowest and the highest of 7 processes.").AppendLine();
        AppendTable(text, result.Benchmarks);
        text.AppendLine().AppendLine("## Self-test").AppendLine();
        if (result.SelfTest is null)
        {
            text.AppendLine("Not done.");
        }
        else
        {
            text.AppendLine(result.SelfTest.IsPassed ? "Passed." : "Failed, so nothing above counts.");
            text.AppendLine().AppendLine("The base against itself:").AppendLine();
            AppendTable(text, result.SelfTest.Unchanged);
            text.AppendLine().AppendLine("The base with a seeded slow-down of 10 % against the base:").AppendLine();
            AppendTable(text, result.SelfTest.Seeded);
        }

        text.AppendLine().AppendLine("## Machine and settings").AppendLine().AppendLine(MachineLine());
        text.AppendLine().AppendLine(SettingsLine());
        return text.ToString();
    }

    /// <summary>The machine in one line.</summary>
    public static string MachineLine() => $"{MachineFacts.Read()}.";

    /// <summary>How was measured, in one line.</summary>
    public static string SettingsLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{VerdictRule.ProcessCount} processes, in each {MeasurementPlan.Default.Copies} copies of both builds and " +
        $"{MeasurementPlan.Default.Quads} times base, head, head, base in batches of {MeasurementPlan.Default.BatchMicroseconds} us; " +
        $"{string.Join(" ", ProcessSampler.RuntimeSettings.Select(static setting => $"`{setting.Key}={setting.Value}`"))}.");

    private static void AppendTable(StringBuilder text, IEnumerable<BenchmarkResult> results)
    {
        text.AppendLine("| Benchmark | Verdict | Ratio | Interval | Base | Head | Unit | Base B/op | Head B/op | Second run |");
        text.AppendLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (BenchmarkResult result in results)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {result.Benchmark.Name} | {result.Verdict} |");
            text.AppendLine(result.Run is not SampleRun run ? " | | | | | | | |" : string.Create(
                CultureInfo.InvariantCulture,
                $" {run.Ratio:0.000} | {run.Lowest:0.000} to {run.Highest:0.000} | {run.BaseNanoseconds:0.###} | " +
                $"{run.HeadNanoseconds:0.###} | ns/{result.Benchmark.Operation} | {run.BaseBytes:0.###} | {run.HeadBytes:0.###} | " +
                $"{(result.Confirmation is null ? "" : result.Confirmation.Ratio.ToString("0.000", CultureInfo.InvariantCulture))} |"));
        }
    }

    private static string Escape(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
