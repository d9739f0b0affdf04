using System.Runtime.InteropServices;

namespace Engine.Emulator.Memory;

/// <summary>One TLB entry: host address = guest virtual address + addend. 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct TlbEntry
{
    /// <summary>A tag that no page address equals.</summary>
    public const ulong Invalid = ulong.MaxValue;

    /// <summary>Guest virtual address of the page.</summary>
    public ulong Tag;

    /// <summary>Difference between host and guest virtual address.</summary>
    public ulong Addend;
}
