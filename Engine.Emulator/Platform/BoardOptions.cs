using Engine.Primitives;

namespace Engine.Emulator.Platform;

/// <summary>What of the board's device tree depends on how the machine was started.</summary>
/// <param name="RamByteCount">Bytes of RAM, which begins at <see cref="BoardLayout.RamBase"/>: 64 KiB to 64 GiB.</param>
/// <param name="BootArguments">Command line for the kernel.</param>
/// <param name="InitialRamDisk">Where the initial RAM disk lies, if there is one.</param>
/// <param name="HartCount">Number of harts: 1 to 8.</param>
public sealed record BoardOptions(
    ulong RamByteCount,
    string? BootArguments = null,
    AddressRange? InitialRamDisk = null,
    int HartCount = 1)
{
    internal static OptionTable<BoardOptions> Ranges { get; } = new OptionTable<BoardOptions>("a board")
        .With(nameof(RamByteCount), BoardLayout.RamSizes, static o => o.RamByteCount)
        .With(nameof(HartCount), BoardLayout.HartCounts, static o => o.HartCount);

    /// <summary>Bytes of RAM: 64 KiB to 64 GiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public ulong RamByteCount
    {
        get;
        init => field = Checked(value, BoardLayout.RamSizes, nameof(RamByteCount));
    } = Checked(RamByteCount, BoardLayout.RamSizes, nameof(RamByteCount));

    /// <summary>Number of harts: 1 to 8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public int HartCount
    {
        get;
        init => field = Checked(value, BoardLayout.HartCounts, nameof(HartCount));
    } = Checked(HartCount, BoardLayout.HartCounts, nameof(HartCount));

    private static T Checked<T>(T value, OptionRange<T> range, string name)
    {
        range.Check(value, name);
        return value;
    }
}
