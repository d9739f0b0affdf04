using System.Diagnostics;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;
using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Storage.Journals;

namespace Engine.Bench.Storage;

/// <summary>The bundled guest with every instruction recorded.</summary>
internal static class GuestSection
{
    private const double MinShareOfSpeed = 0.5;
    private const double MaxBits = 0.5;

    public static void Run(Measurement measurement)
    {
        double bits = 0;
        RoundResult[] rounds = measurement.Rounds("guest", 3, variant => variant switch
        {
            0 => GuestRun.MillionInstructionsPerSecond(GuestEvents.NoEngine, out _),
            1 => GuestRun.MillionInstructionsPerSecond(GuestEvents.EveryInstruction, out _),
            _ => Recorded(out bits),
        });
        Table table = RoundsTable.Create(
            "guest", "The bundled guest", ["no engine", "every instruction handled", "every instruction recorded"], rounds, "MIPS");
        measurement.Report.Add(table, rounds);
        measurement.Report.AddRatioTarget("every instruction recorded / no engine", rounds, 2, 0, MinShareOfSpeed);
        measurement.Report.AddTarget("bits per instruction recorded", bits, MaxBits, bits <= MaxBits);
    }

    private static double Recorded(out double bits)
    {
        using var folder = new JournalFolder();
        using Journal journal = Journal.Open(folder.Path);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        journal.Record<InstructionRetired>(engine);
        engine.Start();
        using var board = new VirtBoard(new VirtBoardOptions(), engine);
        board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
        long start = Stopwatch.GetTimestamp();
        MachineRunResult result = board.Machine.Run();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        board.Dispose();
        engine.StopAsync().GetAwaiter().GetResult();
        JournalCloseReport report = journal.Close();
        if (!report.IsComplete || (ulong)report.Statistics.Recorded != result.RetiredInstructions)
        {
            throw new InvalidOperationException(
                $"Recorded {report.Statistics.Recorded} of {result.RetiredInstructions} instructions: {report.Statistics}.");
        }

        bits = report.Statistics.BitsPerEvent;
        return result.RetiredInstructions / seconds / 1e6;
    }
}
