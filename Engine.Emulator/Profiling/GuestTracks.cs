namespace Engine.Emulator.Profiling;

/// <summary>The tracks of a trace.</summary>
internal static class GuestTracks
{
    public const ulong Process = 1;
    public const ulong Functions = 2;
    public const ulong Traps = 3;
    public const ulong Modes = 4;
    public const ulong Instructions = 5;
    public const ulong Mips = 6;
    public const ulong PageFaults = 7;
    public const ulong Exceptions = 8;
    public const ulong Interrupts = 9;
    public const ulong Published = 10;
    public const ulong Buffered = 11;
    public const ulong Lost = 12;

    /// <summary>Describes them all.</summary>
    public static void Describe(PerfettoWriter writer)
    {
        writer.DescribeProcess(Process, "RV64 machine");
        writer.DescribeTrack(Functions, Process, "hart 0: functions");
        writer.DescribeTrack(Traps, Process, "hart 0: traps");
        writer.DescribeTrack(Modes, Process, "hart 0: privilege mode");
        writer.DescribeTrack(Instructions, Process, "retired instructions", "instructions");
        writer.DescribeTrack(Mips, Process, "host speed", "MIPS");
        writer.DescribeTrack(PageFaults, Process, "page faults", "faults");
        writer.DescribeTrack(Exceptions, Process, "exceptions", "exceptions");
        writer.DescribeTrack(Interrupts, Process, "interrupts", "interrupts");
        writer.DescribeTrack(Published, Process, "events published", "events");
        writer.DescribeTrack(Buffered, Process, "events in rings", "events");
        writer.DescribeTrack(Lost, Process, "events lost", "events");
    }
}
