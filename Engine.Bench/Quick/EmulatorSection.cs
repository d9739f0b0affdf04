using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>The machine with the bundled guest: what events cost it.</summary>
internal static class EmulatorSection
{
    private const int Rounds = 7;

    private static readonly (GuestEvents Events, string Name)[] Variants =
    [
        (GuestEvents.NoEngine, "no engine"),
        (GuestEvents.NobodySubscribed, "engine, nobody subscribed"),
        (GuestEvents.FaultsInterruptsBlocks, "page faults, interrupts and blocks"),
        (GuestEvents.EveryInstruction, "every instruction"),
    ];

    public static void Run(QuickReport report, Action<string> progress)
    {
        long lost = 0;
        foreach ((GuestEvents events, _) in Variants)
            GuestRun.MillionInstructionsPerSecond(events, out _);
        RoundResult[] rounds = Interleaved.Run(Rounds, Variants.Length, i =>
        {
            double mips = GuestRun.MillionInstructionsPerSecond(Variants[i].Events, out long lostHere);
            lost += lostHere;
            return mips;
        }, round => progress($"emulator {round + 1}/{Rounds}"));

        report.AddSection("Bundled guest, counting batch handlers", [.. Variants.Select(static v => v.Name)], rounds, "MIPS");
        double[] costs = [.. rounds.Select(static round => (1e3 / round.Values[3]) - (1e3 / round.Values[0]))];
        report.AddRow(new QuickRow("Cost of an instruction event", "every instruction, compared with no engine", Statistics.Median(costs), costs.Min(), costs.Max(), "ns"));
        report.AddRatioTarget("nobody subscribed / no engine", rounds, 1, 0, 0.98);
        report.AddRatioTarget("page faults, interrupts, blocks / no engine", rounds, 2, 0, 0.9);
        report.AddRatioTarget("every instruction / no engine", rounds, 3, 0, 0.6);
        double mips = Statistics.Median(rounds.Select(static round => round.Values[0]));
        report.AddTarget("machine without events, MIPS", mips, 150, mips >= 150);
        report.AddTarget("events lost, rejected or left in all runs", lost, 0, lost == 0);
    }
}
