using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Reporting;

namespace Engine.Bench.Gate.Trials;

/// <summary>What a trial found out, as a section of a document and for programs.</summary>
/// <param name="Label">The circumstances, for example "at rest".</param>
/// <param name="Builds">What was measured.</param>
/// <param name="Runs">All runs so far.</param>
/// <param name="Started">When the trial began.</param>
internal sealed record TrialReport(string Label, GateBuilds Builds, IReadOnlyList<TrialRun> Runs, DateTimeOffset Started)
{
    public string WriteJson() => JsonSerializer.Serialize(
        new
        {
            FormatVersion = 1,
            Label,
            Started,
            Base = Builds.BaseCommit,
            Machine = JsonReport.Machine(),
            Summary = new TrialSummary(Runs),
            Runs = Runs.Select(static run => new
            {
                run.IsSeeded,
                run.Seconds,
                run.LoadAverage,
                Benchmarks = run.Results.Select(JsonReport.Row),
            }),
        },
        JsonReport.Format);

    public string WriteMarkdown()
    {
        var summary = new TrialSummary(Runs);
        var text = new StringBuilder();
        Line($"### {Label}: {summary.UnchangedRuns} runs of the base against itself, {summary.SeededRuns} seeded");
        Line($"");
        Line($"Base `{Builds.BaseCommit[..12]}`, begun {Started:yyyy-MM-dd HH:mm} UTC. {MarkdownReport.MachineLine()} A run took ",
            $"{Seconds():0} s, at a load average of {Loads()}.");
        Line($"");
        Line($"- False alarms: {summary.RunsWithFalseAlarm} of {summary.UnchangedRuns} runs.");
        Line($"- Seeded runs stopped: {summary.RunsStopped} of {summary.SeededRuns}; with every benchmark found that does not only ",
            $"warn: {summary.RunsWithoutMiss} of {summary.SeededRuns}.");
        Line($"- Runs in which the self-test's benchmarks were judged wrongly: {summary.RunsWithSelfTestError} of {Runs.Count}.");
        Line($"");
        Line($"| Benchmark | False alarms | Second runs needed | Base against itself: lowest, median, highest ratio | Worst process | ",
            $"Seeded found | Seeded: lowest, median, highest ratio |");
        Line($"| --- | --- | --- | --- | --- | --- | --- |");
        foreach (TrialSummary.BenchmarkSummary benchmark in summary.Benchmarks)
        {
            string name = benchmark.IsThreaded ? benchmark.Name + " (warns)" : benchmark.Name;
            string unmeasured = benchmark.Unmeasured == 0 ? "" : $", {benchmark.Unmeasured} not measured";
            Line($"| {name} | {benchmark.FalseAlarms} of {summary.UnchangedRuns}{unmeasured} | {benchmark.Suspicions} | ",
                $"{Describe(benchmark.Unchanged)} | {benchmark.Unchanged?.WorstProcess:0.000} | {benchmark.Detections} of ",
                $"{summary.SeededRuns} | {Describe(benchmark.Seeded)} |");
        }

        return text.ToString();

        void Line(params FormattableString[] parts)
        {
            foreach (FormattableString part in parts)
                text.Append(part.ToString(CultureInfo.InvariantCulture));
            text.AppendLine();
        }
    }

    private double Seconds() => Runs.Count == 0 ? 0 : Runs.Average(static run => run.Seconds);

    private string Loads()
    {
        double[] loads = [.. Runs.Select(static run => run.LoadAverage).OfType<double>()];
        return loads.Length == 0
            ? "unknown height" : string.Create(CultureInfo.InvariantCulture, $"{loads.Min():0.0} to {loads.Max():0.0}");
    }

    private static string Describe(TrialSummary.Spread? spread) => spread is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{spread.Lowest:0.000}, {spread.Median:0.000}, {spread.Highest:0.000}");
}
