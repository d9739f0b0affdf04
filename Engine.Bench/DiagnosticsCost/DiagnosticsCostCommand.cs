using System.CommandLine;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.DiagnosticsCost;

/// <summary>
/// What it costs the machine that somebody listens to the event source: the bundled guest with page faults, interrupts and
/// blocks subscribed, in many short rounds in which the variants take turns.
/// <code>machine -> lanes -> dispatcher -> counting handlers, and events -> nobody, a listener, or a session</code>
/// </summary>
internal static class DiagnosticsCostCommand
{
    private const double TargetRatio = 0.98;
    private const int DefaultRounds = 21;

    private static readonly (string Name, Func<IListening?> Listen)[] Variants =
    [
        ("no listener", static () => null),
        ("no listener, again", static () => null),
        ("listener in the process, Informational", static () => new CountingListener(SessionLevel.Informational)),
        ("EventPipe session, Informational", static () => new EventPipeSession(SessionLevel.Informational)),
        ("EventPipe session, Verbose", static () => new EventPipeSession(SessionLevel.Verbose)),
        ("listener in the process, Verbose", static () => new CountingListener(SessionLevel.Verbose)),
    ];

    public static Command Create()
    {
        Option<int> rounds = MeasuringCommand.CreateRoundsOption(DefaultRounds);
        return MeasuringCommand.Create(
            "diagnostics-cost", "What listening to the engine's event source costs the machine.", [rounds], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            var report = new Report("diagnostics-cost", "What listening costs", MeasuringCommand.CommandLine(options));
            return () =>
            {
                Run(report, progress, options.GetValue(rounds));
                return report;
            };
        }
    }

    private static void Run(Report report, Progress progress, int rounds)
    {
        long[] heard = new long[Variants.Length];
        string?[] units = new string?[Variants.Length];
        string[] names = [.. Variants.Select(static v => v.Name)];
        RoundResult[] results = new Measurement(report, progress, rounds).Rounds("guest", Variants.Length, i => Measure(i, heard, units));
        report.Add(
            RoundsTable.Create("speed", "Bundled guest; page faults, interrupts and blocks subscribed", names, results, "MIPS"), results);
        RoundResult[] ratios = [
            .. results.Select(static round => round with { Values = [.. round.Values.Select(value => value / round.Values[0])] })];
        report.Add(RoundsTable.Create("ratio", "Ratio to no listener, within a round", names, ratios, ""));
        // Each variant also ran once before the rounds.
        report.Add(new Table(
            "heard",
            "Heard per run",
            [new Column("heard", "")],
            [.. Variants.Index().Where(v => units[v.Index] is not null).Select(v => new Row(
                $"{v.Item.Name} ({units[v.Index]})", [(double)heard[v.Index] / (rounds + 1)]))]));
        report.AddRatioTarget("listener in the process, Informational / no listener", results, 2, 0, TargetRatio);
        report.AddRatioTarget("EventPipe session, Informational / no listener", results, 3, 0, TargetRatio);
    }

    private static double Measure(int variant, long[] heard, string?[] units)
    {
        using IListening? listening = Variants[variant].Listen();
        double mips = GuestRun.MillionInstructionsPerSecond(GuestEvents.FaultsInterruptsBlocks, out long lost);
        if (lost != 0)
            throw new InvalidOperationException($"{lost} events were lost or left with \"{Variants[variant].Name}\".");
        if (listening is not null)
        {
            long amount = listening.Stop();
            if (amount == 0)
                throw new InvalidOperationException($"\"{Variants[variant].Name}\" heard nothing, so its cost would be none.");
            heard[variant] += amount;
            units[variant] = listening.Unit;
        }

        return mips;
    }
}
