using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>memory.mapped</c>: a guest virtual page was mapped to physical memory (first use of a translation). 48 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="VirtualAddress">First virtual address.</param>
/// <param name="PhysicalAddress">First physical address.</param>
/// <param name="ByteCount">Bytes mapped, at most one page of the translation's level.</param>
/// <param name="Permissions">Read 1, write 2, execute 4, user 8.</param>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly record struct MemoryMapped(
    ExecutionPoint At,
    ulong VirtualAddress,
    ulong PhysicalAddress,
    uint ByteCount,
    uint Permissions) : IEvent<MemoryMapped>, IExecutionPointEvent, IAddressedEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("memory.mapped")
    {
        Shard = "vm.memory",
        Capacity = 4096,
        Priority = EventPriority.Normal,
    };

    /// <summary>The virtual address.</summary>
    ulong IAddressedEvent.Address => VirtualAddress;
}
