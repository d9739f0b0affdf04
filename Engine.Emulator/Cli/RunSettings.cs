using Engine.Emulator.Loading;

namespace Engine.Emulator.Cli;

/// <summary>What a run was asked to do.</summary>
/// <param name="Elf">The program, or null for the bundled guest (or for the first raw image where there is one).</param>
/// <param name="RawImages">Files to load as they are.</param>
/// <param name="Disk">Disk image, or null.</param>
/// <param name="MemoryBytes">Size of RAM.</param>
/// <param name="MaxInstructions">Instructions after which the run ends.</param>
/// <param name="EventNames">Names of the event types to subscribe to.</param>
/// <param name="SlowHandlers">Handlers to slow the run down with.</param>
/// <param name="StatisticsFile">Where to write statistics, or null.</param>
/// <param name="IsQuiet">Whether to show the guest's console and nothing else.</param>
/// <param name="BootArguments">Kernel command line in the device tree, or null.</param>
/// <param name="RecordDirectory">Journal to record events in, or null.</param>
/// <param name="RecordNames">Names of the event types to record.</param>
internal sealed record RunSettings(
    string? Elf,
    IReadOnlyList<RawImage> RawImages,
    string? Disk,
    ulong MemoryBytes,
    ulong MaxInstructions,
    IReadOnlyList<string> EventNames,
    IReadOnlyList<SlowHandlerSetting> SlowHandlers,
    string? StatisticsFile,
    bool IsQuiet,
    string? BootArguments,
    string? RecordDirectory,
    IReadOnlyList<string> RecordNames);
