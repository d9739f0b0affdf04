using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>memory.freed</c>: memory of the machine was freed. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Address">First address.</param>
/// <param name="ByteCount">Bytes.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct MemoryFreed(
    ExecutionPoint At,
    ulong Address,
    ulong ByteCount) : IEvent<MemoryFreed>, IExecutionPointEvent, IAddressedEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("memory.freed")
    {
        Shard = "vm.memory",
        Capacity = 4096,
        Priority = EventPriority.Normal,
    };
}
