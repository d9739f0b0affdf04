using System.Globalization;
using Engine.Bench.Support;

namespace Engine.Bench.Reporting;

/// <summary>
/// The same rounds by how far apart the host had put the two cores: what wins with near cores may lose with far ones, and a median over
/// both is that of the hour.
/// </summary>
internal static class DistanceTable
{
    /// <summary>Cores whose round trip is shorter share a cache, or nearly so.</summary>
    public const double FarNanoseconds = 200;

    /// <summary>Median of each variant, and median of its ratios to the best of some, in near rounds and in far ones.</summary>
    /// <param name="name">Name of the table.</param>
    /// <param name="title">Title of the table.</param>
    /// <param name="variants">Names of the variants.</param>
    /// <param name="rounds">The rounds.</param>
    /// <param name="references">Variants, of which the best of each round is the limit.</param>
    /// <param name="unit">Unit of the values.</param>
    public static Table Create(
        string name, string title, IReadOnlyList<string> variants, RoundResult[] rounds, int[] references, string unit)
    {
        RoundResult[] near = [.. rounds.Where(static round => round.RoundTripNanoseconds < FarNanoseconds)];
        RoundResult[] far = [.. rounds.Except(near)];
        string counts = string.Create(
            CultureInfo.InvariantCulture,
            $"{title}: {near.Length} rounds with near cores (below {FarNanoseconds:0} ns), {far.Length} with far ones");
        return new Table(
            name,
            counts,
            [
                new Column("near", unit), new Column("near, of the best bare loop", ""), new Column("far", unit),
                new Column("far, of the best bare loop", ""),
            ],
            [.. variants.Select((variant, i) => new Row(variant, [.. Figures(near, i), .. Figures(far, i)]))]);

        double?[] Figures(RoundResult[] of, int variant) => of.Length == 0
            ? [null, null]
            :
            [
                Statistics.Median(of.Select(round => round.Values[variant])),
                Statistics.Median(of.Select(round => round.Values[variant] / references.Max(reference => round.Values[reference]))),
            ];
    }
}
