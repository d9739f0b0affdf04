namespace Engine.Emulator.Platform;

/// <summary>What of the board's device tree depends on how the machine was started.</summary>
/// <param name="RamByteCount">Size of RAM, which begins at <see cref="BoardLayout.RamBase"/>.</param>
/// <param name="BootArguments">Command line for the kernel.</param>
/// <param name="InitialRamDisk">Where the initial RAM disk lies, if there is one.</param>
/// <param name="HartCount">Number of harts.</param>
public sealed record BoardOptions(
    ulong RamByteCount,
    string? BootArguments = null,
    AddressRange? InitialRamDisk = null,
    int HartCount = 1);
