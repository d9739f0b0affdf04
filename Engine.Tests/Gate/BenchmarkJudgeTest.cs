using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;

namespace Engine.Tests.Gate;

/// <summary>What the judge makes of measurements that are handed to it.</summary>
internal sealed class BenchmarkJudgeTest
{
    private static readonly Acceptance UpToFifteenPercent = new(
        "publish.subscribed", 1.15, "wanted", new DateOnly(2100, 1, 1), BytesPerOperation: 24);

    [Test]
    public async Task An_even_benchmark_passes_after_one_run()
    {
        var sampler = new PreparedSampler(GateSamples.Run(GateSamples.Even));

        Assert.That((await JudgeAsync(sampler)).Verdict, Is.EqualTo(Verdict.Pass));
        Assert.That(sampler.HeadFirst, Is.EqualTo(new[] { false, true, false, true, false, true, false }), "The order has to be swapped.");
    }

    [Test]
    public async Task A_slow_benchmark_fails_when_a_second_run_agrees()
    {
        var sampler = new PreparedSampler(GateSamples.Run(GateSamples.TenPercentSlower), GateSamples.Run(GateSamples.TenPercentSlower));
        BenchmarkResult result = await JudgeAsync(sampler);

        Assert.That((result.Verdict, result.Fails), Is.EqualTo((Verdict.Slower, true)));
        Assert.That(result.Confirmation, Is.Not.Null);
        Assert.That(sampler.HeadFirst, Has.Count.EqualTo(2 * VerdictRule.ProcessCount));
    }

    [Test]
    public async Task A_slow_benchmark_passes_when_the_second_run_does_not_agree()
    {
        BenchmarkResult result = await JudgeAsync(new PreparedSampler(
            GateSamples.Run(GateSamples.TenPercentSlower), GateSamples.Run(GateSamples.Even)));

        Assert.That((result.Verdict, result.Note), Is.EqualTo((Verdict.Pass, "the second run did not agree")));
    }

    [Test]
    public async Task A_slow_threaded_benchmark_warns()
    {
        BenchmarkResult result = await JudgeAsync(
            new PreparedSampler(GateSamples.Run(GateSamples.TenPercentSlower), GateSamples.Run(GateSamples.TenPercentSlower)),
            GateSamples.Threaded);

        Assert.That((result.Verdict, result.Fails), Is.EqualTo((Verdict.Warning, false)));
    }

    [Test]
    public async Task Growth_of_allocation_fails_however_small_when_a_second_run_agrees()
    {
        SampleRun grown = GateSamples.Run(GateSamples.Even, baseBytes: 100, headBytes: 100.25);

        Assert.That((await JudgeAsync(new PreparedSampler(grown, grown))).Verdict, Is.EqualTo(Verdict.AllocatesMore));
        Assert.That(
            (await JudgeAsync(new PreparedSampler(grown, GateSamples.Run(GateSamples.Even, 100, 100)))).Verdict, Is.EqualTo(Verdict.Pass));
    }

    [Test]
    public async Task A_faster_benchmark_is_reported() =>
        Assert.That(
            (await JudgeAsync(new PreparedSampler(GateSamples.Run(GateSamples.TenPercentFaster)))).Verdict, Is.EqualTo(Verdict.Faster));

    [Test]
    public async Task An_accepted_slow_down_passes_with_its_reason()
    {
        BenchmarkResult result = await JudgeAsync(
            new PreparedSampler(GateSamples.Run(GateSamples.TenPercentSlower, 0, 24)), acceptance: UpToFifteenPercent);

        Assert.That((result.Verdict, result.Fails), Is.EqualTo((Verdict.Accepted, false)));
        Assert.That(result.Note, Does.Contain("wanted").And.Contain("1.15").And.Contain("2100-01-01"));
    }

    [Test]
    public async Task What_exceeds_an_acceptance_fails()
    {
        SampleRun slow = GateSamples.Run(GateSamples.TenPercentSlower.Select(static ratio => ratio * 1.1));
        SampleRun greedy = GateSamples.Run(GateSamples.Even, 0, 25);

        Assert.That(
            (await JudgeAsync(new PreparedSampler(slow, slow), acceptance: UpToFifteenPercent)).Verdict, Is.EqualTo(Verdict.Slower));
        Assert.That((await JudgeAsync(new PreparedSampler(greedy, greedy), acceptance: UpToFifteenPercent)).Verdict,
            Is.EqualTo(Verdict.AllocatesMore));
    }

    [Test]
    public async Task A_failed_measurement_is_inconclusive_and_says_why()
    {
        BenchmarkResult result = await JudgeAsync(new PreparedSampler());

        Assert.That((result.Verdict, result.Note), Is.EqualTo((Verdict.Inconclusive, "nothing is prepared")));
    }

    private static Task<BenchmarkResult> JudgeAsync(
        ISampler sampler, GatedBenchmarkInfo? benchmark = null, Acceptance? acceptance = null) =>
        new BenchmarkJudge(sampler, static _ => { }).JudgeAsync(
            "base.dll", "head.dll", benchmark ?? GateSamples.Benchmark, acceptance, CancellationToken.None);

    /// <summary>Hands out the samples of prepared runs, one by one.</summary>
    private sealed class PreparedSampler(params SampleRun[] runs) : ISampler
    {
        private readonly Queue<ProcessSample> _samples = new(runs.SelectMany(static run => run.Samples));

        public List<bool> HeadFirst { get; } = [];

        public Task<ProcessSample> SampleAsync(
            string basePath, string headPath, GatedBenchmarkInfo benchmark, bool headFirst, CancellationToken cancellationToken)
        {
            HeadFirst.Add(headFirst);
            return _samples.TryDequeue(out ProcessSample? sample)
                ? Task.FromResult(sample)
                : throw new MeasurementException("nothing is prepared");
        }
    }
}
