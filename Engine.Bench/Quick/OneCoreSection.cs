using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>
/// The machine and its dispatcher on one core. The runtime counts its processors when it starts, so this runs in a
/// process of its own under <c>taskset</c>.
/// </summary>
internal static class OneCoreSection
{
    private const string ChildArgument = "one-core-child";
    private const int Rounds = 3;

    public static void Run(Report report, Progress progress)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("one core: not measured, because it needs taskset");
            return;
        }

        progress.Step("one core");
        RoundResult[] rounds = RunChild();
        report.Add(RoundsTable.Create(
            "one-core", "Bundled guest on one core (taskset -c 0)", ["no engine", "page faults, interrupts and blocks"], rounds, "MIPS"));
        report.AddRatioTarget("one core: page faults, interrupts, blocks / no engine", rounds, 1, 0, 0.5);
    }

    /// <summary>The hidden command that makes this program the child process.</summary>
    public static Command CreateChild()
    {
        var command = new Command(ChildArgument) { Hidden = true };
        command.SetAction(static _ => RunAsChild());
        return command;
    }

    /// <summary>The child: one line of figures per round.</summary>
    private static int RunAsChild()
    {
        GuestRun.MillionInstructionsPerSecond(GuestEvents.NoEngine, out _);
        GuestRun.MillionInstructionsPerSecond(GuestEvents.FaultsInterruptsBlocks, out _);
        for (int i = 0; i < Rounds; i++)
        {
            double without = GuestRun.MillionInstructionsPerSecond(GuestEvents.NoEngine, out _);
            double with = GuestRun.MillionInstructionsPerSecond(GuestEvents.FaultsInterruptsBlocks, out long lost);
            if (lost != 0)
                throw new InvalidOperationException($"{lost} events were lost on one core.");
            Console.WriteLine(FormattableString.Invariant($"{without} {with}"));
        }

        return 0;
    }

    private static RoundResult[] RunChild()
    {
        // This program may have been started by its own executable or by "dotnet".
        string host = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, typeof(OneCoreSection).Assembly.Location] : [host];
        var start = new ProcessStartInfo("taskset", ["-c", "0", .. program, ChildArgument])
        {
            RedirectStandardOutput = true,
        };
        using Process child = Process.Start(start) ?? throw new InvalidOperationException("taskset could not be started.");
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"The one-core process ended with {child.ExitCode}.");
        // One core has no core-to-core round trip.
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => new RoundResult(
            double.NaN, [.. line.Split(' ').Select(static number => double.Parse(number, CultureInfo.InvariantCulture))]))];
    }
}
