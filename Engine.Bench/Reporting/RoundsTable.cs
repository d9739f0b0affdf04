using Engine.Bench.Support;

namespace Engine.Bench.Reporting;

/// <summary>Tables of variants that were measured in rounds.</summary>
internal static class RoundsTable
{
    private static readonly ChartColumns MedianAndRange = new(0, 1, 2);

    /// <summary>Median, smallest and largest value of each variant, and the median of its ratios to the first.</summary>
    public static Table Create(string name, string title, IReadOnlyList<string> variants, RoundResult[] rounds, string unit) => new(
        name,
        title,
        [new Column("median", unit), new Column("min", unit), new Column("max", unit), new Column("ratio to first", "")],
        [.. variants.Select((variant, i) => new Row(variant, Spread(rounds, i)))],
        MedianAndRange);

    /// <summary>Latencies: the median of each round as above, and the tail of all rounds together.</summary>
    public static Table CreateOfLatencies(
        string name, string title, IReadOnlyList<string> variants, RoundResult[] rounds, IReadOnlyList<LatencySamples> samples) => new(
        name,
        title,
        [
            new Column("p50", "ns"), new Column("p50 min", "ns"), new Column("p50 max", "ns"), new Column("ratio to first", ""),
            new Column("p90", "ns"), new Column("p99", "ns"), new Column("p99.9", "ns"), new Column("max", "ns"),
        ],
        [.. variants.Select((variant, i) => new Row(variant, [.. Spread(rounds, i), .. Tail(samples[i])]))],
        MedianAndRange);

    /// <summary>The median over the rounds of one variant's value divided by another's.</summary>
    public static double MedianRatio(RoundResult[] rounds, int variant, int reference) =>
        Statistics.Median(rounds.Select(round => round.Values[variant] / round.Values[reference]));

    private static double?[] Spread(RoundResult[] rounds, int variant)
    {
        double[] values = [.. rounds.Select(round => round.Values[variant])];
        return [Statistics.Median(values), values.Min(), values.Max(), MedianRatio(rounds, variant, 0)];
    }

    private static double?[] Tail(LatencySamples samples) =>
        [samples.Percentile(0.9), samples.Percentile(0.99), samples.Percentile(0.999), samples.Percentile(1)];
}
