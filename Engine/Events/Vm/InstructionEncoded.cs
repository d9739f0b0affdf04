using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary>
/// <c>vm.encoding</c>: one instruction was retired, with its encoding of up to 15 bytes. For architectures whose encodings do not fit
/// into <see cref="InstructionRetired"/>; a host publishes it beside that one where somebody subscribed to it. 32 bytes.
/// </summary>
/// <param name="Pc">Guest address of the instruction.</param>
/// <param name="Low">The first eight bytes of the encoding, the first in the lowest bits.</param>
/// <param name="High">The others.</param>
/// <param name="Flags">Properties of the instruction, the mode it ran in, and the length of the encoding.</param>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public readonly record struct InstructionEncoded(
    ulong Pc,
    ulong Low,
    ulong High,
    InstructionFlags Flags) : IEvent<InstructionEncoded>, IAddressedEvent
{
    /// <summary>Bytes of the longest encoding.</summary>
    public const int MaxByteLength = 15;

    private const int LengthShift = 10;

    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.encoding")
    {
        Shard = "vm.execution",
        Capacity = 65536,
        Priority = EventPriority.Low,
    };

    /// <summary>Length of the encoding in bytes.</summary>
    public int ByteLength => LengthOf(Flags);

    /// <summary>Its own address.</summary>
    ulong IAddressedEvent.Address => Pc;

    /// <summary>An instruction with its encoding.</summary>
    /// <param name="pc">Guest address of the instruction.</param>
    /// <param name="encoding">Its bytes, 1 to 15.</param>
    /// <param name="flags">Properties of the instruction and the mode it ran in; the length is added.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no byte, or there are more than 15.</exception>
    public static InstructionEncoded From(ulong pc, ReadOnlySpan<byte> encoding, InstructionFlags flags)
    {
        if (encoding.Length is 0 or > MaxByteLength)
            ThrowLength(nameof(encoding), encoding.Length);
        ulong low = 0, high = 0;
        for (int i = encoding.Length - 1; i >= 0; i--)
        {
            if (i >= sizeof(ulong))
                high = (high << 8) | encoding[i];
            else
                low = (low << 8) | encoding[i];
        }

        return new InstructionEncoded(
            pc, low, high, (flags & ~InstructionFlags.LengthMask) | (InstructionFlags)(encoding.Length << LengthShift));
    }

    /// <summary>Copies the encoding and returns its length. Allocates nothing.</summary>
    /// <param name="target">Takes the bytes; at least as long as the encoding.</param>
    /// <exception cref="ArgumentException">The target is too short.</exception>
    public int CopyTo(Span<byte> target)
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[sizeof(ulong)..], High);
        bytes[..ByteLength].CopyTo(target);
        return ByteLength;
    }

    /// <summary>Length of an encoding in bytes, as the flags of its instruction say it; 0 where they do not.</summary>
    /// <param name="flags">Those of the instruction.</param>
    public static int LengthOf(InstructionFlags flags) => (int)(flags & InstructionFlags.LengthMask) >> LengthShift;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowLength(string parameter, int length) =>
        throw new ArgumentOutOfRangeException(parameter, length, $"An encoding has 1 to {MaxByteLength} bytes.");
}
