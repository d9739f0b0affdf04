using Engine.Bench.Chaos;

namespace Engine.Tests.Storage.Journals;

/// <summary>Journals whose power fails, or whose writers are killed, at any operation.</summary>
[Parallelizable]
internal sealed class PowerLossTests
{
    [TestCase(1, 60)]
    [TestCase(1_000_000, 4_000, Category = "Soak", Explicit = true, Reason = "Over ten thousand power losses: minutes.")]
    public void Nothing_that_was_confirmed_is_lost_and_nothing_else_comes_twice_or_out_of_order(int firstSeed, int seeds)
    {
        var totals = new PowerLossTotals();
        List<string> problems = [.. Enumerable.Range(firstSeed, seeds).SelectMany(seed => PowerLossTrial.Run(seed, totals)).Take(20)];
        TestContext.Out.WriteLine(totals);
        Assert.That(problems, Is.Empty);
        Assert.That(totals.PowerLosses, Is.GreaterThan(seeds));
        Assert.That(totals.Kills, Is.GreaterThan(0));
        Assert.That(totals.DeletedSegments, Is.GreaterThan(0));
        Assert.That(totals.Frames, Is.GreaterThan(seeds));
    }
}
