using Engine.Primitives;

namespace Engine.Emulator.Platform;

/// <summary>Addresses and interrupt numbers of QEMU's <c>virt</c> board.</summary>
public static class BoardLayout
{
    /// <summary>Most harts.</summary>
    public const int MaxHarts = 8;

    public const ulong TestFinisherBase = 0x0010_0000;
    public const ulong TestFinisherSize = 0x1000;

    public const ulong ClintBase = 0x0200_0000;
    public const ulong ClintSize = 0x1_0000;

    public const ulong PlicBase = 0x0C00_0000;
    public const ulong PlicSize = 0x60_0000;

    public const ulong UartBase = 0x1000_0000;
    public const ulong UartSize = 0x100;
    public const int UartIrq = 10;
    public const uint UartClockHz = 3_686_400;

    public const ulong VirtioBase = 0x1000_1000;
    public const ulong VirtioSlotSize = 0x1000;
    public const int VirtioSlotCount = 8;
    public const int VirtioFirstIrq = 1;

    public const ulong RamBase = 0x8000_0000;

    /// <summary>Frequency of <c>mtime</c> and of the <c>time</c> CSR.</summary>
    public const uint TimebaseHz = 10_000_000;

    /// <summary>Highest interrupt number that the PLIC knows; 0 means none.</summary>
    public const int PlicLastSource = 95;

    /// <summary>How many bytes of RAM there can be; a multiple of 4096 beside that.</summary>
    internal static OptionRange<ulong> RamSizes { get; } = OptionRange.Bytes(64UL << 10, 64UL << 30);

    /// <summary>How many harts there can be.</summary>
    internal static OptionRange<int> HartCounts { get; } = OptionRange.Of(1, MaxHarts);

    /// <summary>First address of a virtio-mmio slot.</summary>
    public static ulong VirtioSlotBase(int slot) => VirtioBase + ((ulong)slot * VirtioSlotSize);

    /// <summary>Interrupt number of a virtio-mmio slot.</summary>
    public static int VirtioSlotIrq(int slot) => VirtioFirstIrq + slot;
}
