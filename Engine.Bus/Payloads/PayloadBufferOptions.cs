namespace Engine.Bus.Payloads;

/// <summary>How large a payload buffer is.</summary>
public sealed class PayloadBufferOptions
{
    /// <summary>Bytes in flight, headers included, from which on a writer waits after a payload. It goes on when less than half of that is left. At least 16, by default 1 MiB.</summary>
    public long Capacity { get; set; } = 1 << 20;

    /// <summary>Bytes that one payload may have: 0 to 1 GiB, by default 64 KiB.</summary>
    public int MaxPayloadSize { get; set; } = 1 << 16;

    /// <summary>Bytes of the pieces of memory that the buffer takes from a pool, at least 16, by default 4 KiB. A payload that fits into the rest of a piece is in one piece.</summary>
    public int SegmentSize { get; set; } = 4096;

    internal void Validate()
    {
        if (Capacity < 16)
            throw new ArgumentOutOfRangeException(nameof(Capacity), Capacity, "The capacity of a payload buffer must be at least 16 bytes.");
        if (MaxPayloadSize is < 0 or > 1 << 30)
            throw new ArgumentOutOfRangeException(nameof(MaxPayloadSize), MaxPayloadSize, "The largest payload must have 0 bytes to 1 GiB.");
        if (SegmentSize < 16)
            throw new ArgumentOutOfRangeException(nameof(SegmentSize), SegmentSize, "The pieces of a payload buffer must have at least 16 bytes.");
    }
}
