using Engine.Bench.Gate.Judging;
using Engine.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Gate;

/// <summary>The rule, against a model that counts where the rule sorts.</summary>
internal sealed class VerdictRuleTest
{
    private static readonly Gen<double[]> Ratios =
        Gen.Choose(900, 1200).Select(static thousandths => thousandths / 1000.0).ArrayOf(VerdictRule.ProcessCount);

    [Test]
    public void Slower_means_four_above_the_median_limit_and_six_above_the_other() =>
        Prop.ForAll(Ratios.ToArbitrary(), static ratios =>
            VerdictRule.IsSlower(ratios) == (ratios.Count(static r => r > 1.05) >= 4 && ratios.Count(static r => r > 1.02) >= 6))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));

    [Test]
    public void Slower_and_faster_exclude_each_other() =>
        Prop.ForAll(Ratios.ToArbitrary(), static ratios => !(VerdictRule.IsSlower(ratios) && VerdictRule.IsFaster(ratios)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));

    [Test]
    public void A_higher_limit_never_stops_more() =>
        Prop.ForAll(Ratios.ToArbitrary(), static ratios => !VerdictRule.IsSlower(ratios, limit: 1.1) || VerdictRule.IsSlower(ratios))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));

    [TestCase(new[] { 1.0, 1.03, 1.06, 1.06, 1.06, 1.06, 1.06 }, true, Description = "one process may see nothing")]
    [TestCase(new[] { 1.0, 1.01, 1.06, 1.06, 1.06, 1.06, 1.06 }, false, Description = "two may not")]
    [TestCase(new[] { 1.03, 1.03, 1.05, 1.05, 1.06, 1.06, 1.06 }, false, Description = "the limit itself is not above the limit")]
    [TestCase(new[] { 9.0, 9.0, 9.0, 1.0, 1.0, 1.0, 1.0 }, false, Description = "a disturbed minority does not decide")]
    public void Examples(double[] ratios, bool isSlower) => Assert.That(VerdictRule.IsSlower(ratios), Is.EqualTo(isSlower));

    [Test]
    public void A_wrong_number_of_processes_is_an_error() =>
        Assert.That(Thrown.By<ArgumentException>(static () => VerdictRule.IsSlower([1, 1, 1])).Message, Does.Contain("7").And.Contain("3"));

    [Test]
    public void A_run_is_summarised_by_median_extremes_and_least_bytes()
    {
        var run = new SampleRun([GateSamples.Sample(1.2, 8, 24), GateSamples.Sample(0.9, 16, 8), GateSamples.Sample(1.0, 16, 24)]);

        Assert.That((run.Ratio, run.Lowest, run.Highest, run.BaseBytes, run.HeadBytes), Is.EqualTo((1.0, 0.9, 1.2, 8.0, 8.0)));
    }
}
