using System.Text.Json;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Trials;

namespace Engine.Tests.Gate;

/// <summary>How a trial counts the gate's errors.</summary>
internal sealed class TrialTest
{
    private static readonly TrialRun[] Runs =
    [
        new(IsSeeded: false, [GateSamples.Result(Verdict.Pass), GateSamples.Result(Verdict.Pass, GateSamples.Threaded)], 90, 0.5),
        new(IsSeeded: false, [GateSamples.Result(Verdict.Slower), GateSamples.Result(Verdict.Pass, GateSamples.Threaded)], 110, 1.5),
        new(IsSeeded: true, [GateSamples.Result(Verdict.Slower), GateSamples.Result(Verdict.Warning, GateSamples.Threaded)], 100, null),
        new(IsSeeded: true, [GateSamples.Result(Verdict.Pass), GateSamples.Result(Verdict.Warning, GateSamples.Threaded)], 100, null),
        new(IsSeeded: false, [GateSamples.Result(Verdict.Inconclusive), GateSamples.Result(Verdict.Pass, GateSamples.Threaded)], 100, null),
    ];

    [Test]
    public void Errors_are_counted_by_run_and_by_benchmark()
    {
        var summary = new TrialSummary(Runs);

        Assert.That((summary.UnchangedRuns, summary.RunsWithFalseAlarm), Is.EqualTo((3, 1)));
        Assert.That((summary.SeededRuns, summary.RunsStopped, summary.RunsWithoutMiss), Is.EqualTo((2, 1, 1)));
        Assert.That(summary.RunsWithSelfTestError, Is.EqualTo(2));
        TrialSummary.BenchmarkSummary publish = summary.Benchmarks[0];
        Assert.That((publish.FalseAlarms, publish.Suspicions, publish.Detections, publish.Unmeasured), Is.EqualTo((1, 1, 1, 1)));
        Assert.That((publish.Unchanged!.Lowest, publish.Unchanged.Highest, publish.Unchanged.WorstProcess), Is.EqualTo((1.00, 1.10, 1.12)));
    }

    [Test]
    public void The_report_says_what_was_counted()
    {
        var report = new TrialReport("Under load", GateSamples.Builds, Runs, new DateTimeOffset(2026, 1, 2, 3, 4, 0, TimeSpan.Zero));

        string markdown = report.WriteMarkdown();
        Assert.That(markdown, Does.StartWith("### Under load: 3 runs of the base against itself, 2 seeded"));
        Assert.That(markdown, Does.Contain("False alarms: 1 of 3 runs.").And.Contain("Seeded runs stopped: 1 of 2"));
        Assert.That(markdown, Does.Contain("load average of 0.5 to 1.5"));
        Assert.That(markdown, Does.Contain("| publish.subscribed | 1 of 3, 1 not measured | 1 | 1.000, 1.050, 1.100 | 1.120 | 1 of 2 |"));
        using JsonDocument json = JsonDocument.Parse(report.WriteJson());
        Assert.That(json.RootElement.GetProperty("summary").GetProperty("runsWithFalseAlarm").GetInt32(), Is.EqualTo(1));
        Assert.That(json.RootElement.GetProperty("runs").GetArrayLength(), Is.EqualTo(5));
        Assert.That(
            json.RootElement.GetProperty("runs")[0].GetProperty("benchmarks")[0].GetProperty("verdict").GetString(), Is.EqualTo("pass"));
    }

    [TestCase(10, 5)]
    [TestCase(3, 0)]
    [TestCase(0, 2)]
    [TestCase(1, 4)]
    public void Both_kinds_of_run_are_spread_evenly(int unchanged, int seeded)
    {
        bool[] order = [.. Trial.Order(unchanged, seeded)];

        Assert.That(order.Count(static isSeeded => isSeeded), Is.EqualTo(seeded));
        Assert.That(order, Has.Length.EqualTo(unchanged + seeded));
        for (int i = 0; i <= order.Length; i++)
        {
            double share = (double)i * seeded / order.Length;
            Assert.That(order.Take(i).Count(static isSeeded => isSeeded), Is.EqualTo(share).Within(1));
        }
    }
}
