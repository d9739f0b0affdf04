using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.instruction</c>: one instruction was retired. 16 bytes.</summary>
/// <param name="Pc">Guest address of the instruction.</param>
/// <param name="Opcode">The encoding; a compressed instruction is in the low 16 bits.</param>
/// <param name="Flags">Properties of the instruction and the mode it ran in.</param>
[StructLayout(LayoutKind.Sequential, Size = 16)]
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
public readonly record struct InstructionRetired(
    ulong Pc,
    uint Opcode,
    InstructionFlags Flags) : IEvent<InstructionRetired>, IAddressedEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.instruction")
    {
        Shard = "vm.execution",
        Capacity = 65536,
        Priority = EventPriority.Low,
    };

    /// <summary>Its own address.</summary>
    ulong IAddressedEvent.Address => Pc;
}
