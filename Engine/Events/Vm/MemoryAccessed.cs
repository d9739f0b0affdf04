using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.memory-access</c>: an instruction read or wrote memory. 32 bytes.</summary>
/// <param name="Pc">Guest address of the instruction.</param>
/// <param name="Address">Guest virtual address of the access.</param>
/// <param name="Value">The value read or written, zero-extended; for an atomic operation the value written.</param>
/// <param name="Size">Bytes accessed: 1, 2, 4 or 8.</param>
/// <param name="Kind">Load, store or atomic.</param>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public readonly record struct MemoryAccessed(
    ulong Pc,
    ulong Address,
    ulong Value,
    uint Size,
    MemoryAccessKind Kind) : IEvent<MemoryAccessed>, IAddressedEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.memory-access")
    {
        Shard = "vm.execution",
        Capacity = 65536,
        Priority = EventPriority.Low,
    };
}
