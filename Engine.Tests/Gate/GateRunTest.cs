using Engine.Bench.Gate;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;

namespace Engine.Tests.Gate;

/// <summary>A run of the gate over two builds that differ in what they have.</summary>
internal sealed class GateRunTest
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("engine-gate-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_benchmark_that_the_base_lacks_is_new_and_one_that_the_head_lacks_is_removed()
    {
        GateBuilds builds = Build(@base: ["kept", "gone"], head: ["kept", "added"]);

        GateResult result = await RunAsync(builds, "*");

        Assert.That(
            result.Benchmarks.Select(static r => (r.Benchmark.Name, r.Verdict)).ExceptBy(SelfTest.Benchmarks, static r => r.Name),
            Is.EquivalentTo(new[] { ("kept", Verdict.Pass), ("added", Verdict.New), ("gone", Verdict.Removed) }));
        Assert.That(result.Outcome, Is.EqualTo(GateOutcome.Failed), "Because one has gone.");
        Assert.That(result.Reasons, Has.Exactly(1).Items.And.Exactly(1).Contains("gone"));
    }

    [Test]
    public async Task A_benchmark_that_the_base_lacks_does_not_fail()
    {
        GateResult result = await RunAsync(Build(@base: [], head: ["bus.added"]), "bus.*");

        Assert.That(result.Benchmarks.Select(static r => (r.Benchmark.Name, r.Verdict)), Is.EqualTo(new[] { ("bus.added", Verdict.New) }));
        Assert.That(result.Outcome, Is.EqualTo(GateOutcome.Passed));
        Assert.That(result.Reasons, Is.Empty);
    }

    [TestCase(0, GateOutcome.Passed)]
    [TestCase(1, GateOutcome.Passed)]
    [TestCase(2, GateOutcome.Inconclusive)]
    public async Task The_self_test_goes_by_the_majority(int missed, GateOutcome outcome)
    {
        GateBuilds builds = Build(@base: ["kept"], head: ["kept"]);
        var shown = new List<Verdict>();

        GateResult result = await RunAsync(
            builds, "kept", missed, (kind, judged) =>
            {
                if (kind.Contains("seeded", StringComparison.Ordinal) && judged.Benchmark.Name == SelfTest.Benchmarks[1])
                    shown.Add(judged.Verdict);
            });

        Assert.That(result.Outcome, Is.EqualTo(outcome));
        Assert.That(
            shown,
            Is.EqualTo(missed switch
            {
                0 => new[] { Verdict.Slower },
                1 => [Verdict.Pass, Verdict.Slower, Verdict.Slower],
                _ => [Verdict.Pass, Verdict.Pass],
            }),
            "Each judgement is shown.");
    }

    [TestCase(false, true)]
    [TestCase(true, false)]
    [TestCase(true, true)]
    public void Builds_may_consist_of_different_assemblies(bool baseHasBus, bool headHasBus)
    {
        string @base = GateSideBuild.Create(Path.Combine(_folder, "base"), isSeeded: false, baseHasBus, "kept");
        string head = GateSideBuild.Create(Path.Combine(_folder, "head"), isSeeded: false, headHasBus, "kept");
        long now = 0;

        using GateSession baseSession = LoadedSide.Load("base", @base).Open("kept");
        using GateSession headSession = LoadedSide.Load("head", head).Open("kept");

        Assert.That((baseSession.Run(1, () => ++now), headSession.Run(1, () => ++now)), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public void An_assembly_that_a_build_lacks_is_not_taken_from_elsewhere()
    {
        string path = GateSideBuild.Create(Path.Combine(_folder, "base"), isSeeded: false, hasBus: true, "kept");
        File.Delete(Path.Combine(_folder, "base", "Engine.Bus.dll"));

        Assert.That(
            () => LoadedSide.Load("base", path).Open("kept"),
            Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("Engine.Bus"));
    }

    private GateBuilds Build(string[] @base, string[] head)
    {
        string Path(string side) => System.IO.Path.Combine(_folder, side);
        string[] common = [.. SelfTest.Benchmarks];
        return GateSamples.Builds with
        {
            Base = GateSideBuild.Create(Path("base"), isSeeded: false, hasBus: false, [.. common, .. @base]),
            SeededBase = GateSideBuild.Create(Path("seeded"), isSeeded: true, hasBus: false, [.. common, .. @base]),
            Head = GateSideBuild.Create(Path("head"), isSeeded: false, hasBus: true, [.. common, .. head]),
        };
    }

    private static Task<GateResult> RunAsync(
        GateBuilds builds, string filter, int missed = 0, Action<string, BenchmarkResult>? onResult = null)
    {
        var judge = new BenchmarkJudge(new MadeUpSampler(builds.SeededBase, missed), static _ => { });
        var run = new GateRun(builds, new Dictionary<string, Acceptance>(), filter, judge, onResult ?? (static (_, _) => { }));
        return run.RunAsync(CancellationToken.None);
    }

    /// <summary>Measures what the builds are; the first judgements of one seeded benchmark see nothing.</summary>
    private sealed class MadeUpSampler(string seededPath, int missedJudgements) : ISampler
    {
        private int _missed;

        public Task<ProcessSample> SampleAsync(
            string basePath, string headPath, GatedBenchmarkInfo benchmark, bool headFirst, CancellationToken cancellationToken)
        {
            bool isMissed = headPath == seededPath && benchmark.Name == SelfTest.Benchmarks[1]
                && _missed < missedJudgements * VerdictRule.ProcessCount;
            if (isMissed)
                _missed++;
            return Task.FromResult(GateSamples.Sample(headPath == seededPath && !isMissed ? 1.1 : 1));
        }
    }
}
