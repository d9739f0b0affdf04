using System.Buffers;
using System.Buffers.Binary;

namespace Engine.Bus.Payloads;

/// <summary>
/// What stands before each payload: its length with a bit for abandoned ones, and a check of that word together with the
/// payload's number, so that a header that was overwritten, or read at the wrong place, is noticed. 8 bytes, little-endian.
/// </summary>
internal static class PayloadHeader
{
    public const int Size = 8;

    private const uint AbandonedBit = 0x8000_0000;

    public static void Write(Span<byte> header, int length, bool isAbandoned, long number)
    {
        uint word = (uint)length | (isAbandoned ? AbandonedBit : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header, word);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], CheckOf(word, number));
    }

    /// <exception cref="InvalidDataException">The header is not the one that was written, or the payload is cut off.</exception>
    public static (int Length, bool IsAbandoned) Read(in ReadOnlySequence<byte> buffer, long number, int maxLength)
    {
        if (buffer.Length < Size)
            throw new InvalidDataException($"Payload {number} is cut off: {buffer.Length} bytes are left, and its header alone has {Size}.");
        Span<byte> header = stackalloc byte[Size];
        buffer.Slice(0, Size).CopyTo(header);
        uint word = BinaryPrimitives.ReadUInt32LittleEndian(header);
        int length = (int)(word & ~AbandonedBit);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != CheckOf(word, number))
            throw new InvalidDataException($"The header of payload {number} is damaged: its check does not fit its length {length}. Somebody wrote into memory of the buffer that was no longer theirs.");
        if (length > maxLength || length > buffer.Length - Size)
            throw new InvalidDataException($"Payload {number} is cut off: it has {length} bytes of at most {maxLength}, and {buffer.Length - Size} are there.");
        return (length, (word & AbandonedBit) != 0);
    }

    private static uint CheckOf(uint word, long number) =>
        (uint)(((((ulong)number << 32) ^ word ^ 0x50_4C44_5546) * 0x9E3779B97F4A7C15) >> 32);
}
