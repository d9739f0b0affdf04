using System.Buffers.Binary;
using System.Text;

namespace Engine.Emulator.Profiling;

/// <summary>Builds messages of Protocol Buffers. Messages within messages get lengths of a fixed width, which readers accept.</summary>
internal sealed class ProtobufBuffer
{
    private const int LengthBytes = 4;
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int LengthType = 2;

    private byte[] _bytes = new byte[1024];

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>What has been built.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>Begins anew.</summary>
    public void Clear() => Length = 0;

    /// <summary>Adds a number.</summary>
    public void Number(int field, ulong value)
    {
        Room(20);
        Varint((ulong)((field << 3) | VarintType));
        Varint(value);
    }

    /// <summary>Adds a floating-point number.</summary>
    public void Real(int field, double value) => Fixed(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Adds a number of fixed width.</summary>
    public void Fixed(int field, ulong value)
    {
        Room(20);
        Varint((ulong)((field << 3) | Fixed64Type));
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(Length), value);
        Length += sizeof(ulong);
    }

    /// <summary>Adds a text.</summary>
    public void Text(int field, string value)
    {
        int count = Encoding.UTF8.GetByteCount(value);
        Room(count + 20);
        Varint((ulong)((field << 3) | LengthType));
        Varint((ulong)count);
        Length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(Length));
    }

    /// <summary>Begins a message within the message; returns what <see cref="End"/> wants.</summary>
    public int Begin(int field)
    {
        Room(20);
        Varint((ulong)((field << 3) | LengthType));
        Length += LengthBytes;
        return Length;
    }

    /// <summary>Ends a message within the message.</summary>
    public void End(int start)
    {
        int count = Length - start;
        for (int index = 0; index < LengthBytes; index++)
        {
            int more = index < LengthBytes - 1 ? 0x80 : 0;
            _bytes[start - LengthBytes + index] = (byte)(((count >> (7 * index)) & 0x7F) | more);
        }
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes[Length++] = (byte)(value | 0x80);
        _bytes[Length++] = (byte)value;
    }

    private void Room(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + count));
    }
}
