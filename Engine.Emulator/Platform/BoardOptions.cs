namespace Engine.Emulator.Platform;

/// <summary>What of the board's device tree depends on how the machine was started.</summary>
/// <param name="RamByteCount">Size of RAM, which begins at <see cref="BoardLayout.RamBase"/>.</param>
/// <param name="BootArguments">Command line for the kernel.</param>
/// <param name="InitialRamDisk">Where the initial RAM disk lies, if there is one.</param>
/// <param name="HartCount">Number of harts: 1 to <see cref="BoardLayout.MaxHarts"/>.</param>
public sealed record BoardOptions(
    ulong RamByteCount,
    string? BootArguments = null,
    AddressRange? InitialRamDisk = null,
    int HartCount = 1)
{
    /// <summary>Number of harts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public int HartCount { get; init => field = Checked(value); } = Checked(HartCount);

    private static int Checked(int count) => count is >= 1 and <= BoardLayout.MaxHarts
        ? count
        : throw new ArgumentOutOfRangeException(
            nameof(count), count, $"The number of harts (HartCount) must be from 1 to {BoardLayout.MaxHarts}.");
}
