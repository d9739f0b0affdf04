using Engine.Bench.Gate.Measuring;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Gate;

public class CopyTimesTests
{
    [Test]
    public void Equal_copies_have_the_ratio_of_their_times() =>
        Assert.That(CopyTimes.Ratio([2, 2, 2], [2.2, 2.2, 2.2]), Is.EqualTo(1.1).Within(1e-9));

    [TestCase(0.75, TestName = "Lucky_copies_of_one_build_do_not_decide")]
    [TestCase(1.30, TestName = "Unlucky_copies_of_one_build_do_not_decide")]
    public void Outliers(double outlier) =>
        Assert.That(CopyTimes.Ratio([1, 1, 1, 1, 1, 1], [1, outlier, 1, 1, outlier, 1]), Is.EqualTo(1).Within(1e-9));

    [Test]
    public void Copies_of_two_usual_times_are_compared_with_their_like() =>
        Assert.That(CopyTimes.Ratio([1, 1.2, 1, 1.2, 1, 1.2], [1.2, 1, 1.2, 1, 1.2, 1.2]), Is.EqualTo(1).Within(1e-9));

    [Test]
    public void The_order_of_the_copies_and_the_unit_do_not_matter_and_swapping_the_builds_inverts_the_ratio()
    {
        Gen<double[]> times = Gen.Choose(500, 2000).Select(static t => t / 1000.0).ArrayOf(7);
        Prop.ForAll(times.Two().ToArbitrary(), pair =>
        {
            (double[] @base, double[] head) = pair;
            double ratio = CopyTimes.Ratio(@base, head);
            return IsClose(ratio, CopyTimes.Ratio([.. @base.Reverse()], [.. head.Order()]))
                && IsClose(ratio, CopyTimes.Ratio([.. @base.Select(static t => t * 3)], [.. head.Select(static t => t * 3)]))
                && IsClose(1 / ratio, CopyTimes.Ratio(head, @base));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));
    }

    [Test]
    public void Different_numbers_of_copies_are_refused() =>
        Assert.That(() => CopyTimes.Ratio([1, 1], [1]), Throws.ArgumentException.With.Message.Contains("2 and 1"));

    private static bool IsClose(double a, double b) => Math.Abs((a / b) - 1) < 1e-9;
}
