using Engine.Diagnostics;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>Prints what a run did, in plain lines.</summary>
internal static class SummaryPrinter
{
    public static void Print(RunReport report, IReadOnlyList<string> eventNames, TextWriter output)
    {
        output.WriteLine();
        output.Write(Invariant($"{Ending(report)} after {report.Result.RetiredInstructions:N0} instructions "));
        output.WriteLine(Invariant($"in {report.Elapsed.TotalSeconds:F2} s ({report.MillionInstructionsPerSecond:F0} MIPS)"));
        output.WriteLine(Invariant($"exceptions: {Causes(report.Traps.Exceptions, TrapNames.Exception)}"));
        output.WriteLine(Invariant($"interrupts: {Causes(report.Traps.Interrupts, TrapNames.Interrupt)}"));
        output.WriteLine(Invariant($"page faults: {report.Traps.PageFaults:N0}"));
        PrintHandled(new HandledEvents(report.HandlerLines, report.Statistics, report.HotBlocks), output);
        PrintHotFunctions(report.HotFunctions, output);
        PrintEvents(report, eventNames, output);
        if (report.CoverageLine is { } coverage)
            output.WriteLine(coverage);
        foreach (string line in report.DetailLines)
            output.WriteLine(line);
        if (report.RecordLine is { } recorded)
            output.WriteLine(recorded);
        if (!report.Stop.IsDrained)
            output.WriteLine(Invariant($"not dispatched when the engine stopped: {report.Stop.LeftCount:N0} events"));
    }

    /// <summary>What the handlers have made of the events: the same for a run and for its replay.</summary>
    public static void PrintHandled(HandledEvents handled, TextWriter output)
    {
        foreach (string line in handled.Lines)
            output.WriteLine(line);
        foreach (EventTypeStatistics type in handled.Statistics.EventTypes.Where(static type => type.Ledger.Published > 0))
            output.WriteLine(Invariant($"{type.Name,-24}{type.Ledger.Published,15:N0} events"));
        PrintHotBlocks(handled.HotBlocks, output);
    }

    private static void PrintEvents(RunReport report, IReadOnlyList<string> eventNames, TextWriter output)
    {
        if (eventNames.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine(
            $"{"event type",-24}{"published",15}{"dispatched",15}{"lost",6}{"batches",11}{"avg batch",11}{"p50",10}{"p99",10}{"errors",8}");
        foreach (EventTypeStatistics type in report.Statistics.EventTypes)
        {
            if (type.Ledger.Published == 0)
                continue;
            string median = Figures.Duration(type.Latency.PercentileNanoseconds(0.5));
            string tail = Figures.Duration(type.Latency.PercentileNanoseconds(0.99));
            output.Write(Invariant($"{type.Name,-24}{type.Ledger.Published,15:N0}{type.Ledger.Dispatched,15:N0}"));
            output.Write(Invariant($"{type.Ledger.Lost,6:N0}"));
            output.WriteLine(Invariant($"{type.Batches,11:N0}{type.AverageBatch,11:N1}{median,10}{tail,10}{type.HandlerErrors,8}"));
        }
    }

    private static void PrintHotBlocks(IReadOnlyList<HotBlock> hotBlocks, TextWriter output)
    {
        if (hotBlocks.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine("hottest blocks (share of instructions, sampled)");
        foreach (HotBlock block in hotBlocks)
            output.WriteLine(Invariant($"  0x{block.FirstPc:x16} {block.InstructionShare,7:P1}"));
    }

    private static void PrintHotFunctions(IReadOnlyList<HotFunction> functions, TextWriter output)
    {
        if (functions.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine("hottest functions (share of instructions, sampled)");
        foreach (HotFunction function in functions)
            output.WriteLine(Invariant($"  {function.InstructionShare,7:P1}  {function.Name}"));
    }

    private static string Ending(RunReport report) => report.Result.Reason switch
    {
        VCpuExitReason.GuestExit => Invariant($"guest exit code {report.Result.ExitCode}"),
        VCpuExitReason.InstructionBudget => "instruction limit reached",
        VCpuExitReason.Cancelled => "cancelled",
        VCpuExitReason.Breakpoint => $"stopped {report.Hit}",
        _ => "guest stuck: it waits for an interrupt that cannot come, or traps without end,",
    };

    private static string Causes(ReadOnlySpan<long> counts, Func<int, string> name)
    {
        var parts = new List<string>();
        for (int cause = 0; cause < counts.Length; cause++)
        {
            if (counts[cause] > 0)
                parts.Add(Invariant($"{name(cause)} {counts[cause]:N0}"));
        }

        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }
}
