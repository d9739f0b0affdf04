using System.CommandLine;
using Engine.Bench.Quick;
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
        var json = new Option<FileInfo?>("--json") { Description = "Also write the results to this file.", HelpName = "FILE" };
        var rounds = new Option<int>("--rounds") { Description = "Rounds, each with one run per variant.", DefaultValueFactory = static _ => 21 };
        var command = new Command("diagnostics-cost", "What listening to the engine's event source costs the machine.") { json, rounds };
        command.SetAction(result => Run(result.GetValue(rounds), result.GetValue(json)?.FullName));
        return command;
    }

    private static int Run(int rounds, string? jsonPath)
    {
        long[] heard = new long[Variants.Length];
        string[] units = new string[Variants.Length];
        for (int i = 0; i < Variants.Length; i++)
            Measure(i, heard, units);
        Array.Clear(heard);
        RoundResult[] results = Interleaved.Run(
            rounds, Variants.Length, i => Measure(i, heard, units), round => Progress($"round {round + 1}/{rounds}"));
        Progress(string.Empty);

        var report = new QuickReport();
        report.AddSection("Bundled guest; page faults, interrupts and blocks subscribed", [.. Variants.Select(static v => v.Name)], results, "MIPS");
        for (int i = 1; i < Variants.Length; i++)
        {
            double[] ratios = [.. results.Select(round => round.Values[i] / round.Values[0])];
            report.AddRow(new QuickRow(
                "Ratio to no listener, within a round", Variants[i].Name, Statistics.Median(ratios), ratios.Min(), ratios.Max(), "",
                units[i] is null ? "" : FormattableString.Invariant($"{(double)heard[i] / rounds:F0} {units[i]} per run")));
        }

        report.AddRatioTarget("listener in the process, Informational / no listener", results, 2, 0, TargetRatio);
        report.AddRatioTarget("EventPipe session, Informational / no listener", results, 3, 0, TargetRatio);
        report.Print(Console.Out);
        if (jsonPath is not null)
            report.WriteJson(jsonPath);
        return 0;
    }

    private static double Measure(int variant, long[] heard, string[] units)
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

    private static void Progress(string step)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.Write($"\r{step,-40}");
    }
}
