using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Tests.Subscriptions;

public sealed class DetailLadderTests
{
    private static readonly DegradationOptions Options = new() { CalmLooks = 2 };

    private static string Details(DegradationOptions options, params double[] pressures)
    {
        var ladder = new DetailLadder(options);
        return string.Concat(pressures.Select(pressure => ladder.Look(pressure).ToString()[0]));
    }

    [Test]
    public void Goes_down_at_once_and_no_further_than_allowed()
    {
        Assert.That(Details(Options, 0, 0.75, 1, 1), Is.EqualTo("IBCC"));
        Assert.That(Details(Options with { Least = ExecutionDetail.Blocks }, 1, 1, 1), Is.EqualTo("BBB"));
        Assert.That(Details(Options with { Least = ExecutionDetail.Instructions }, 1, 1), Is.EqualTo("II"));
    }

    [Test]
    public void Goes_up_step_by_step_after_a_calm() =>
        Assert.That(Details(Options, 1, 1, 0, 0, 0, 0, 0), Is.EqualTo("BCCBBII"));

    [Test]
    public void What_lies_between_neither_goes_down_nor_counts_as_calm() =>
        Assert.That(Details(Options, 1, 0, 0.5, 0, 0.5, 0, 0), Is.EqualTo("BBBBBBI"));

    [Test]
    public void Waits_twice_as_long_after_each_relapse_and_forgets_it_when_it_holds()
    {
        // Down, up after two; down, up after four; that holds for four looks, and the next time it is two again.
        Assert.That(
            Details(Options, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0), Is.EqualTo("BBIBBBBIIIIIBBI"));
    }

    [Test]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new DegradationOptions { LookInstructions = 0 });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new DegradationOptions { CalmLooks = 0 });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new DegradationOptions { HighFill = double.NaN });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new DegradationOptions { LowFill = 0 });
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new DegradationOptions { Least = (ExecutionDetail)3 });
            Assert.Throws<ArgumentException>(new DegradationOptions { LowFill = 0.8 }.Check);
        });
    }
}
