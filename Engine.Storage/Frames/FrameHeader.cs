namespace Engine.Storage.Frames;

/// <summary>
/// What a frame says of itself, so that it can be read alone. The layout is described in <c>docs/design/journal-format.md</c>.
/// </summary>
public sealed record FrameHeader
{
    /// <summary>What it is for.</summary>
    public FrameKind Kind { get; init; }

    /// <summary>Its number within the journal, from 1: contiguous over all sessions, so that a missing frame shows.</summary>
    public long FrameNumber { get; init; }

    /// <summary>Whose events it holds.</summary>
    public required FrameStream Stream { get; init; }

    /// <summary>The sequence of its first event; of an end, that of the event that would have come next.</summary>
    public long FirstSequence { get; init; }

    /// <summary>Events in it.</summary>
    public int Count { get; init; }

    /// <summary>The sequence after its last event.</summary>
    public long EndSequence => FirstSequence + Count;

    /// <summary>The producer's instruction count when its first events were taken from the ring.</summary>
    public long FirstInstructionCount { get; init; }

    /// <summary>The producer's instruction count when its last events were taken from the ring.</summary>
    public long LastInstructionCount { get; init; }

    /// <summary>When its first events were taken from the ring.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>What is missing directly before it.</summary>
    public FrameLoss LostBefore { get; init; }

    /// <summary>How the events became bytes.</summary>
    public int CodecId { get; init; }

    /// <summary>Whether the bytes are compressed with zstd.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Bytes before the compression.</summary>
    public int EncodedLength { get; init; }

    /// <summary>Bytes after it, as they are stored.</summary>
    public int PayloadLength { get; init; }

    /// <summary>CRC-32C of the stored bytes.</summary>
    public uint PayloadChecksum { get; init; }

    /// <summary>Bytes of the header, those included that fill it up to a multiple of 8.</summary>
    public int HeaderLength { get; init; }

    /// <summary>Bytes of the frame, those included that fill it up to a multiple of 8.</summary>
    public int FrameLength => HeaderLength + FrameFormat.Align(PayloadLength);
}
