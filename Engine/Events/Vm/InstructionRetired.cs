using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.instruction</c>: one instruction was retired. 16 bytes.</summary>
/// <param name="Pc">Guest address of the instruction.</param>
/// <param name="Opcode">
/// The encoding; a compressed instruction is in the low 16 bits. Of an encoding that is longer than four bytes the first four, the first
/// in the lowest bits: the whole of it is <see cref="InstructionEncoded"/>'s.
/// </param>
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

    /// <summary>An instruction whose encoding has any length up to 15 bytes.</summary>
    /// <param name="pc">Guest address of the instruction.</param>
    /// <param name="encoding">Its bytes, 1 to 15.</param>
    /// <param name="flags">Properties of the instruction and the mode it ran in; the length is added.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no byte, or there are more than 15.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static InstructionRetired From(ulong pc, ReadOnlySpan<byte> encoding, InstructionFlags flags)
    {
        InstructionEncoded whole = InstructionEncoded.From(pc, encoding, flags);
        return new InstructionRetired(pc, (uint)whole.Low, whole.Flags);
    }

    /// <summary>Its own address.</summary>
    ulong IAddressedEvent.Address => Pc;
}
