using Engine.Emulator.Loading;
using Engine.Events;

namespace Engine.Emulator.Cli;

/// <summary>What a run was asked to do.</summary>
internal sealed record RunSettings
{
    /// <summary>The program, or null for the bundled guest (or for the first raw image or the kernel where there is one).</summary>
    public required string? Elf { get; init; }

    /// <summary>Files to load as they are.</summary>
    public required IReadOnlyList<RawImage> RawImages { get; init; }

    /// <summary>The kernel that firmware starts, or null.</summary>
    public required KernelFile? Kernel { get; init; }

    /// <summary>Initial RAM disk, or null.</summary>
    public required string? InitialRamDisk { get; init; }

    /// <summary>Disk image, or null.</summary>
    public required string? Disk { get; init; }

    /// <summary>Whether the guest may only read it.</summary>
    public required bool IsDiskReadOnly { get; init; }

    /// <summary>Size of RAM.</summary>
    public required ulong MemoryBytes { get; init; }

    /// <summary>Number of harts.</summary>
    public required int HartCount { get; init; }

    /// <summary>How several harts run.</summary>
    public required HartScheduling Scheduling { get; init; }

    /// <summary>Instructions of a turn.</summary>
    public required int TurnInstructions { get; init; }

    /// <summary>Instructions after which the run ends.</summary>
    public required ulong MaxInstructions { get; init; }

    /// <summary>Whether idle time is skipped instead of waited for.</summary>
    public required bool SkipsIdleTime { get; init; }

    /// <summary>Names of the event types to subscribe to.</summary>
    public required IReadOnlyList<string> EventNames { get; init; }

    /// <summary>Handlers to slow the run down with.</summary>
    public required IReadOnlyList<SlowHandlerSetting> SlowHandlers { get; init; }

    /// <summary>Where to write statistics, or null.</summary>
    public required string? StatisticsFile { get; init; }

    /// <summary>Whether to show the guest's console and nothing else.</summary>
    public required bool IsQuiet { get; init; }

    /// <summary>Kernel command line in the device tree, or null.</summary>
    public required string? BootArguments { get; init; }

    /// <summary>Journal to record events in, or null.</summary>
    public required string? RecordDirectory { get; init; }

    /// <summary>File with the key to sign it off with, or null.</summary>
    public required string? RecordKeyFile { get; init; }

    /// <summary>Names of the event types to record.</summary>
    public required IReadOnlyList<string> RecordNames { get; init; }

    /// <summary>Whether the run is shown in browsers.</summary>
    public required bool IsServed { get; init; }

    /// <summary>Where; null for the default.</summary>
    public required string? ServeAddress { get; init; }

    /// <summary>Where to draw what was told of each hart, or null.</summary>
    public required string? TimelineFile { get; init; }

    /// <summary>Where to write the one order of all harts' events, or null.</summary>
    public required string? OrderFile { get; init; }

    /// <summary>Instructions after each of which to go back over them once, or null.</summary>
    public required ulong? RewindInterval { get; init; }

    /// <summary>Where to write instructions by call stack, or null.</summary>
    public required string? ProfileFile { get; init; }

    /// <summary>Where to write a trace, or null.</summary>
    public required string? TraceFile { get; init; }

    /// <summary>Programs whose functions have names, beside those that are loaded.</summary>
    public required IReadOnlyList<string> SymbolFiles { get; init; }

    /// <summary>Which instructions are wanted.</summary>
    public required BoundarySettings Boundaries { get; init; }

    /// <summary>Whether instructions become blocks and counters while handlers do not follow.</summary>
    public required bool Degrades { get; init; }

    /// <summary>Before what to stop, or null.</summary>
    public required EventCondition? Break { get; init; }

    /// <summary>Port to wait for a debugger at, or null.</summary>
    public required int? GdbPort { get; init; }
}
