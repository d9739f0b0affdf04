using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>A range of virtual addresses whose accesses stop the hart.</summary>
/// <param name="Kind">One of the kinds of watches.</param>
/// <param name="Address">First byte.</param>
/// <param name="ByteCount">Bytes; at least 1.</param>
internal readonly record struct Watchpoint(DebugStopKind Kind, ulong Address, ulong ByteCount)
{
    private const ulong PageMask = ~0xFFFUL;

    /// <summary>Whether an access is of the kind and touches the range.</summary>
    public bool Catches(ulong address, ulong byteCount, MemoryAccessKind kind)
    {
        bool loads = kind is MemoryAccessKind.Load or MemoryAccessKind.Atomic;
        bool stores = kind is MemoryAccessKind.Store or MemoryAccessKind.Atomic;
        bool isWanted = Kind == DebugStopKind.AccessWatch
            || (Kind == DebugStopKind.ReadWatch && loads) || (Kind == DebugStopKind.WriteWatch && stores);
        return isWanted && (address - Address < ByteCount || Address - address < byteCount);
    }

    /// <summary>Whether the range touches the page of an address.</summary>
    public bool IsIn(ulong address)
    {
        ulong page = address & PageMask;
        return page - (Address & PageMask) <= ((Address + ByteCount - 1) & PageMask) - (Address & PageMask);
    }
}
