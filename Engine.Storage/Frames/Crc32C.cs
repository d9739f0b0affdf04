using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Storage.Frames;

/// <summary>
/// The checksum of frames: CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's instruction where it has one. That takes three
/// times as long to have its result as to begin the next, so three parts of long data are gone through at once, and the checksums joined:
/// the register is linear, so that what it was before a part can be led past as many zeros and added.
/// </summary>
internal static class Crc32C
{
    private const int PartBytes = 1024;

    // For each byte of the register, what is left of it behind a part of zeros.
    private static readonly uint[] BehindPart = MakeBehindPart();

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>The checksum of two pieces as of one.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => ~Continue(Continue(uint.MaxValue, first), second);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 3 * PartBytes)
        {
            crc = ContinueThreeParts(crc, ref MemoryMarshal.GetReference(bytes));
            bytes = bytes[(3 * PartBytes)..];
        }

        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, WordAt(ref MemoryMarshal.GetReference(bytes), 0));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }

    private static uint ContinueThreeParts(uint first, ref byte bytes)
    {
        uint second = 0;
        uint third = 0;
        for (nuint at = 0; at < PartBytes; at += sizeof(ulong))
        {
            first = BitOperations.Crc32C(first, WordAt(ref bytes, at));
            second = BitOperations.Crc32C(second, WordAt(ref bytes, at + PartBytes));
            third = BitOperations.Crc32C(third, WordAt(ref bytes, at + (2 * PartBytes)));
        }

        return PastPart(PastPart(first) ^ second) ^ third;
    }

    private static uint PastPart(uint crc) =>
        BehindPart[crc & 0xFF] ^ BehindPart[256 + ((crc >> 8) & 0xFF)]
        ^ BehindPart[512 + ((crc >> 16) & 0xFF)] ^ BehindPart[768 + (crc >> 24)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WordAt(ref byte bytes, nuint offset)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, offset));
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }

    private static uint[] MakeBehindPart()
    {
        var table = new uint[4 * 256];
        for (int bit = 0; bit < 32; bit++)
        {
            uint crc = 1u << bit;
            for (int i = 0; i < PartBytes; i += sizeof(ulong))
                crc = BitOperations.Crc32C(crc, 0ul);
            table[(bit / 8 * 256) + (1 << (bit % 8))] = crc;
        }

        // Of several bits, the sum of theirs.
        for (int i = 0; i < table.Length; i++)
        {
            int value = i % 256;
            int lowest = value & -value;
            if (value != lowest)
                table[i] = table[i - lowest] ^ table[i - value + lowest];
        }

        return table;
    }
}
