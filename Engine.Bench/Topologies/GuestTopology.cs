using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Topologies;

/// <summary>
/// The machine with the bundled guest: what events cost it.
/// <code>machine -> lanes -> dispatcher -> counting batch handlers</code>
/// </summary>
internal static class GuestTopology
{
    public static readonly IReadOnlyList<string> VariantNames =
        ["no engine", "engine, nobody subscribed", "page faults, interrupts and blocks", "every instruction"];

    /// <summary>Million guest instructions per second of each variant, and a target of no lost event.</summary>
    public static RoundResult[] Run(Measurement measurement)
    {
        long lost = 0;
        RoundResult[] rounds = measurement.Rounds("emulator", VariantNames.Count, variant =>
        {
            double mips = GuestRun.MillionInstructionsPerSecond((GuestEvents)variant, out long lostHere);
            lost += lostHere;
            return mips;
        });
        measurement.Report.Add(
            RoundsTable.Create("emulator", "Bundled guest, counting batch handlers", VariantNames, rounds, "MIPS"), rounds);
        measurement.Report.AddTarget("events lost, rejected or left in all runs", lost, 0, lost == 0);
        return rounds;
    }
}
