using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>The machine with the bundled guest: what events cost it.</summary>
internal static class EmulatorSection
{
    private const int Rounds = 7;

    public static void Run(Report report, Progress progress)
    {
        RoundResult[] rounds = GuestTopology.Run(new Measurement(report, progress, Rounds));
        RoundResult[] costs = [
            .. rounds.Select(static round => round with { Values = [(1e3 / round.Values[3]) - (1e3 / round.Values[0])] })];
        report.Add(RoundsTable.Create(
            "instruction-cost", "Cost of an instruction event", ["every instruction, compared with no engine"], costs, "ns"));
        report.AddRatioTarget("nobody subscribed / no engine", rounds, 1, 0, 0.98);
        report.AddRatioTarget("page faults, interrupts, blocks / no engine", rounds, 2, 0, 0.9);
        report.AddRatioTarget("every instruction / no engine", rounds, 3, 0, 0.6);
        double mips = Statistics.Median(rounds.Select(static round => round.Values[0]));
        report.AddTarget("machine without events, MIPS", mips, 150, mips >= 150);
    }
}
