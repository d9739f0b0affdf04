using System.Globalization;

namespace Engine.Emulator.Profiling;

/// <summary>The tracks of one hart in a trace.</summary>
internal readonly struct HartTracks(int hart)
{
    /// <summary>The process that all tracks belong to.</summary>
    public const ulong Process = 1;

    /// <summary>Events that the engine has published.</summary>
    public const ulong Published = 2;

    /// <summary>Events in the engine's rings.</summary>
    public const ulong Buffered = 3;

    /// <summary>Events that the engine has lost.</summary>
    public const ulong Lost = 4;

    private const ulong FirstOfHarts = 16;
    private const ulong PerHart = 8;

    private readonly ulong _first = FirstOfHarts + ((ulong)hart * PerHart);

    /// <summary>Functions, as slices.</summary>
    public ulong Functions => _first;

    /// <summary>Exceptions and interrupts, as slices.</summary>
    public ulong Traps => _first + 1;

    /// <summary>Privilege modes, as slices.</summary>
    public ulong Modes => _first + 2;

    /// <summary>Retired instructions.</summary>
    public ulong Instructions => _first + 3;

    /// <summary>Millions of instructions a second of the host.</summary>
    public ulong Mips => _first + 4;

    /// <summary>Page faults.</summary>
    public ulong PageFaults => _first + 5;

    /// <summary>Exceptions.</summary>
    public ulong Exceptions => _first + 6;

    /// <summary>Interrupts.</summary>
    public ulong Interrupts => _first + 7;

    /// <summary>Describes what is not of any hart.</summary>
    public static void DescribeCommon(PerfettoWriter writer)
    {
        writer.DescribeProcess(Process, "RV64 machine");
        writer.DescribeTrack(Published, Process, "events published", "events");
        writer.DescribeTrack(Buffered, Process, "events in rings", "events");
        writer.DescribeTrack(Lost, Process, "events lost", "events");
    }

    /// <summary>Describes the tracks of the hart.</summary>
    public void Describe(PerfettoWriter writer)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"hart {hart}: ");
        writer.DescribeTrack(Functions, Process, name + "functions");
        writer.DescribeTrack(Traps, Process, name + "traps");
        writer.DescribeTrack(Modes, Process, name + "privilege mode");
        writer.DescribeTrack(Instructions, Process, name + "retired instructions", "instructions");
        writer.DescribeTrack(Mips, Process, name + "host speed", "MIPS");
        writer.DescribeTrack(PageFaults, Process, name + "page faults", "faults");
        writer.DescribeTrack(Exceptions, Process, name + "exceptions", "exceptions");
        writer.DescribeTrack(Interrupts, Process, name + "interrupts", "interrupts");
    }
}
