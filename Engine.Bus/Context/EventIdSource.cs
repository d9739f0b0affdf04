using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Engine.Bus;

/// <summary>
/// Makes ids: UUIDs of version 8 (RFC 9562, section 5.8) with the time at which the source was made, 12 and 14 random
/// bits, and a counter. Ids of one source ascend; those of two sources differ. Thread-safe; does not allocate.
/// </summary>
internal sealed class EventIdSource
{
    private const int CounterBits = 48;

    private readonly ulong _high;
    private readonly ulong _low;
    private long _counter;

    public EventIdSource(TimeProvider time)
    {
        ulong milliseconds = (ulong)time.GetUtcNow().ToUnixTimeMilliseconds();
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(random);
        _high = (milliseconds << 16) | 0x8000 | (bits & 0xFFF);
        _low = 0x8000_0000_0000_0000 | (((bits >> 12) & 0x3FFF) << CounterBits);
    }

    /// <summary>Takes the next number. Its id is made when it is asked for; ids ascend as their numbers do.</summary>
    /// <returns>The number, from 1.</returns>
    public long Reserve() => Interlocked.Increment(ref _counter);

    /// <summary>The id of a number.</summary>
    public Guid Of(long number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low + (ulong)number);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The id of the next number.</summary>
    public Guid Next() => Of(Reserve());
}
