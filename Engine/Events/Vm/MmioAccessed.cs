using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.mmio</c>: The guest accessed a device register. 48 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Address">Guest physical address.</param>
/// <param name="Value">The value read or written, zero-extended.</param>
/// <param name="Size">Bytes accessed.</param>
/// <param name="Kind">Load or store.</param>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly record struct MmioAccessed(
    ExecutionPoint At,
    ulong Address,
    ulong Value,
    uint Size,
    MemoryAccessKind Kind) : IEvent<MmioAccessed>, IExecutionPointEvent, IAddressedEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.mmio")
    {
        Shard = "vm.device",
        Capacity = 16384,
        Priority = EventPriority.Normal,
    };
}
