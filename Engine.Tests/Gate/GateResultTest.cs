using System.Text.Json;
using Engine.Bench.Gate;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Reporting;

namespace Engine.Tests.Gate;

/// <summary>From verdicts to the outcome, the exit code and the reports.</summary>
internal sealed class GateResultTest
{
    [TestCase(Verdict.Pass, GateOutcome.Passed, 0)]
    [TestCase(Verdict.Faster, GateOutcome.Passed, 0)]
    [TestCase(Verdict.Accepted, GateOutcome.Passed, 0)]
    [TestCase(Verdict.New, GateOutcome.Passed, 0)]
    [TestCase(Verdict.Warning, GateOutcome.Passed, 0)]
    [TestCase(Verdict.Slower, GateOutcome.Failed, 1)]
    [TestCase(Verdict.AllocatesMore, GateOutcome.Failed, 1)]
    [TestCase(Verdict.Removed, GateOutcome.Failed, 1)]
    [TestCase(Verdict.Inconclusive, GateOutcome.Inconclusive, 3)]
    public void One_benchmark_among_good_ones_decides(Verdict verdict, GateOutcome outcome, int exitCode)
    {
        GateResult result = GateSamples.Gate(GateSamples.SelfTest(), GateSamples.Result(Verdict.Pass), GateSamples.Result(verdict));

        Assert.That(result.Outcome, Is.EqualTo(outcome));
        Assert.That(GateExitCodes.Of(result.Outcome), Is.EqualTo(exitCode));
    }

    [TestCase(Verdict.Slower, Verdict.Slower, "of the base against itself is Slower")]
    [TestCase(Verdict.Inconclusive, Verdict.Slower, "of the base against itself is Inconclusive")]
    [TestCase(Verdict.Pass, Verdict.Pass, "with a seeded slow-down of 10 % is Pass")]
    public void A_gate_that_fails_its_own_test_says_nothing(Verdict unchanged, Verdict seeded, string reason)
    {
        GateResult result = GateSamples.Gate(GateSamples.SelfTest(unchanged, seeded), GateSamples.Result(Verdict.Slower));

        Assert.That(result.Outcome, Is.EqualTo(GateOutcome.Inconclusive));
        Assert.That(result.Reasons[0], Does.Contain(reason));
    }

    [Test]
    public void Without_a_self_test_or_with_a_problem_nothing_is_green()
    {
        Assert.That(GateSamples.Gate(null, GateSamples.Result(Verdict.Pass)).Outcome, Is.EqualTo(GateOutcome.Inconclusive));
        GateResult broken = GateSamples.Gate(GateSamples.SelfTest()) with { Problem = "the base is too old" };
        Assert.That((broken.Outcome, broken.Reasons[0]), Is.EqualTo((GateOutcome.Inconclusive, "the base is too old")));
    }

    [Test]
    public void The_Markdown_report_has_a_row_per_benchmark_and_the_reasons()
    {
        string report = MarkdownReport.Write(GateSamples.Gate(
            GateSamples.SelfTest(), GateSamples.Result(Verdict.Slower), GateSamples.Result(Verdict.Inconclusive, note: "a | b\nc")));

        Assert.That(report, Does.StartWith("# Performance gate: failed"));
        Assert.That(report, Does.Contain("- publish.subscribed: Slower."));
        Assert.That(report, Does.Contain("| publish.subscribed | Slower | 1.100 | 1.080 to 1.120 | 10 | 11 | ns/event | 0 | 0 | 1.100 |"));
        Assert.That(report, Does.Contain("a \\| b c"));
        Assert.That(report, Does.Contain(GateSamples.Builds.BaseCommit).And.Contain("2026-01-02 03:04 UTC, 123 s"));
        int[] columns = [.. report.Split('\n')
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Select(static line => line.Count(static c => c == '|'))];
        Assert.That(columns, Is.All.EqualTo(11), "Every row needs a cell per column.");
    }

    [Test]
    public void The_JSON_report_has_all_figures()
    {
        using JsonDocument report = JsonDocument.Parse(JsonReport.Write(GateSamples.Gate(
            GateSamples.SelfTest(), GateSamples.Result(Verdict.Slower), GateSamples.Result(Verdict.New))));
        JsonElement root = report.RootElement;
        JsonElement slow = root.GetProperty("benchmarks")[0];

        Assert.That(root.GetProperty("outcome").GetString(), Is.EqualTo("failed"));
        Assert.That(root.GetProperty("base").GetString(), Is.EqualTo(GateSamples.Builds.BaseCommit));
        Assert.That(root.GetProperty("selfTest").GetProperty("seeded")[0].GetProperty("verdict").GetString(), Is.EqualTo("slower"));
        Assert.That(slow.GetProperty("run").GetProperty("ratios").EnumerateArray().Select(static ratio => ratio.GetDouble()),
            Is.EqualTo(GateSamples.TenPercentSlower));
        Assert.That(slow.GetProperty("confirmation").GetProperty("ratio").GetDouble(), Is.EqualTo(1.1));
        Assert.That(root.GetProperty("benchmarks")[1].GetProperty("run").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(root.GetProperty("runtimeSettings").GetProperty("DOTNET_gcConcurrent").GetString(), Is.EqualTo("0"));
    }
}
