using Engine.Emulator.Devices;
using Engine.Emulator.Devices.Virtio;

namespace Engine.Emulator;

/// <summary>What a <see cref="VirtBoard"/> is made with.</summary>
public sealed record VirtBoardOptions
{
    /// <summary>The machine's own options.</summary>
    public MachineOptions Machine { get; init; } = new();

    /// <summary>Where the guest's console output goes, byte by byte, on the machine's thread. Default: nowhere.</summary>
    public Action<byte>? ConsoleOutput { get; init; }

    /// <summary>Where the guest's console input comes from. Default: input that has ended.</summary>
    public ConsoleInput? ConsoleInput { get; init; }

    /// <summary>The medium of the virtio block device in the first slot, or null for none. The board does not dispose it.</summary>
    public IBlockStorage? Disk { get; init; }

    /// <summary>Command line for a kernel, in the device tree.</summary>
    public string? BootArguments { get; init; }
}
