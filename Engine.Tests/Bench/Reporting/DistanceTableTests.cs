using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Tests.Bench.Reporting;

internal sealed class DistanceTableTests
{
    private static readonly string[] Variants = ["engine", "bare a", "bare b"];

    [Test]
    public void Near_and_far_rounds_have_medians_of_their_own_and_ratios_to_the_best_of_their_round()
    {
        RoundResult[] rounds = [new(110, [80, 100, 50]), new(500, [30, 10, 20]), new(110, [60, 50, 120]), new(110, [70, 70, 70])];
        Table table = DistanceTable.Create("d", "Events", Variants, rounds, [1, 2], "M events/s");
        Assert.That(table.Title, Is.EqualTo("Events: 3 rounds with near cores (below 200 ns), 1 with far ones"));
        Assert.That(table.Rows[0].Values, Is.EqualTo(new double?[] { 70, 0.8, 30, 1.5 }).Within(1e-9));
    }

    [Test]
    public void Where_there_were_no_such_rounds_there_is_no_figure()
    {
        Table table = DistanceTable.Create("d", "Events", Variants, [new(286, [1, 2, 4])], [1, 2], "M events/s");
        Assert.That(table.Rows[0].Values, Is.EqualTo(new double?[] { null, null, 1, 0.25 }));
    }
}
