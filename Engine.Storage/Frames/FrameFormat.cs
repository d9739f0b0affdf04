using System.Buffers.Binary;
using System.Text;

namespace Engine.Storage.Frames;

/// <summary>
/// Frame headers to bytes and back. All numbers are little-endian; a frame begins at a multiple of 8. The layout is described in
/// <c>docs/design/journal-format.md</c>, which a test compares with a reader written from it.
/// </summary>
internal static class FrameFormat
{
    /// <summary>The first four bytes of each frame: "EJF1".</summary>
    public const uint Magic = 0x31464A45;

    /// <summary>Bytes of a header without its texts.</summary>
    public const int FixedLength = 128;

    /// <summary>Bytes of a header at most.</summary>
    public const int MaxHeaderLength = 8192;

    /// <summary>Bytes of a payload at most.</summary>
    public const int MaxPayloadLength = 64 * 1024 * 1024;

    /// <summary>Events of a frame at most.</summary>
    public const int MaxCount = 1 << 20;

    private const ushort Version = 1;
    private const byte CompressedBit = 1;
    private const ushort NoText = ushort.MaxValue;
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    /// <summary>The next multiple of 8.</summary>
    public static int Align(int length) => (length + 7) & ~7;

    /// <summary>The header's length for a stream.</summary>
    public static int LengthOf(FrameStream stream) => Align(
        FixedLength + ByteCount(stream.EventType) + ByteCount(stream.Layout) + ByteCount(stream.ProducerName) + ByteCount(stream.VmId));

    /// <summary>Writes a header.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(FrameHeader header, Span<byte> target)
    {
        FrameStream stream = header.Stream;
        int length = LengthOf(stream);
        target = target[..length];
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], (ushort)length);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], header.PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], header.PayloadChecksum);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], header.FrameNumber);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], stream.Session);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], header.FirstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], header.Count);
        BinaryPrimitives.WriteInt32LittleEndian(target[44..], stream.EventSize);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], header.FirstInstructionCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[56..], header.LastInstructionCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[64..], header.Time.UtcTicks - UnixEpochTicks);
        BinaryPrimitives.WriteInt64LittleEndian(target[72..], header.LostBefore.FirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[80..], header.LostBefore.Count);
        BinaryPrimitives.WriteInt32LittleEndian(target[88..], stream.ProducerId);
        BinaryPrimitives.WriteInt32LittleEndian(target[92..], header.EncodedLength);
        BinaryPrimitives.WriteUInt16LittleEndian(target[96..], (ushort)header.CodecId);
        target[98] = (byte)header.Kind;
        target[99] = (byte)header.LostBefore.Cause;
        target[100] = header.IsCompressed ? CompressedBit : (byte)0;
        int at = FixedLength;
        WriteText(target, 104, stream.EventType, ref at);
        WriteText(target, 106, stream.Layout, ref at);
        WriteText(target, 108, stream.ProducerName, ref at);
        WriteText(target, 110, stream.VmId, ref at);
        BinaryPrimitives.WriteUInt32LittleEndian(target[112..], Checksum(target));
        return length;
    }

    /// <summary>Reads a header, if there is a whole one and its checksum is right.</summary>
    /// <param name="source">Bytes from the frame's first on.</param>
    /// <param name="streams">Streams of frames read before; null for none.</param>
    /// <returns>The header; null if there is none.</returns>
    public static FrameHeader? Read(ReadOnlySpan<byte> source, FrameStreamCache? streams = null)
    {
        if (source.Length < FixedLength || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
            return null;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(source[6..]);
        if (length is < FixedLength or > MaxHeaderLength || (length & 7) != 0 || length > source.Length)
            return null;
        source = source[..length];
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[112..]) != Checksum(source))
            return null;
        if (BinaryPrimitives.ReadUInt16LittleEndian(source[4..]) != Version)
        {
            throw new InvalidDataException(
                $"A frame has format version {BinaryPrimitives.ReadUInt16LittleEndian(source[4..])}; this reader knows version {Version}.");
        }

        FrameHeader? header = ReadStream(source, streams) is { } stream ? ReadWhole(source, stream) : null;
        return header is not null && IsPlausible(header) ? header : null;
    }

    private static FrameStream? ReadStream(ReadOnlySpan<byte> source, FrameStreamCache? streams)
    {
        ReadOnlySpan<byte> lengths = source[104..112];
        ReadOnlySpan<byte> texts = source[FixedLength..];
        long session = BinaryPrimitives.ReadInt64LittleEndian(source[24..]);
        int eventSize = BinaryPrimitives.ReadInt32LittleEndian(source[44..]);
        int producerId = BinaryPrimitives.ReadInt32LittleEndian(source[88..]);
        if (streams?.Find(lengths, texts, session, eventSize, producerId) is { } known)
            return known;
        int at = FixedLength;
        if (!TryReadText(source, 104, ref at, out string? eventType) || !TryReadText(source, 106, ref at, out string? layout)
            || !TryReadText(source, 108, ref at, out string? producer) || !TryReadText(source, 110, ref at, out string? vmId)
            || eventType is null || layout is null || producer is null)
            return null;
        var stream = new FrameStream(session, eventType, layout, eventSize, producerId, producer, vmId);
        streams?.Add(lengths, texts, stream);
        return stream;
    }

    private static FrameHeader ReadWhole(ReadOnlySpan<byte> source, FrameStream stream)
    {
        long ticks = BinaryPrimitives.ReadInt64LittleEndian(source[64..]);
        return new FrameHeader
        {
            HeaderLength = source.Length,
            PayloadLength = BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            PayloadChecksum = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            FrameNumber = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            Stream = stream,
            FirstSequence = BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            Count = BinaryPrimitives.ReadInt32LittleEndian(source[40..]),
            FirstInstructionCount = BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
            LastInstructionCount = BinaryPrimitives.ReadInt64LittleEndian(source[56..]),
            Time = TimeOf(ticks),
            LostBefore = new FrameLoss(
                BinaryPrimitives.ReadInt64LittleEndian(source[72..]), BinaryPrimitives.ReadInt64LittleEndian(source[80..]),
                (LossCause)source[99]),
            EncodedLength = BinaryPrimitives.ReadInt32LittleEndian(source[92..]),
            CodecId = BinaryPrimitives.ReadUInt16LittleEndian(source[96..]),
            Kind = (FrameKind)source[98],
            IsCompressed = (source[100] & CompressedBit) != 0,
        };
    }

    private static DateTimeOffset TimeOf(long ticks) => new(
        Math.Clamp(ticks, -UnixEpochTicks, DateTimeOffset.MaxValue.UtcTicks - UnixEpochTicks) + UnixEpochTicks, TimeSpan.Zero);

    // What a right checksum does not say: that the writer was one.
    private static bool IsPlausible(FrameHeader header) =>
        header.PayloadLength is >= 0 and <= MaxPayloadLength
        && header.EncodedLength is >= 0 and <= MaxPayloadLength
        && header.Count is >= 0 and <= MaxCount
        && header.Stream.EventSize is > 0 and <= 65536
        && header is { FirstSequence: >= 0, FrameNumber: > 0 }
        && header.LostBefore is { Count: >= 0, FirstSequence: >= 0 };

    private static uint Checksum(ReadOnlySpan<byte> header) => Crc32C.Of(header[..112], header[116..]);

    private static int ByteCount(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);

    private static void WriteText(Span<byte> target, int lengthAt, string? text, ref int at)
    {
        int length = text is null ? 0 : Encoding.UTF8.GetBytes(text, target[at..]);
        BinaryPrimitives.WriteUInt16LittleEndian(target[lengthAt..], text is null ? NoText : (ushort)length);
        at += length;
    }

    private static bool TryReadText(ReadOnlySpan<byte> source, int lengthAt, ref int at, out string? text)
    {
        text = null;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(source[lengthAt..]);
        if (length == NoText)
            return true;
        if (length > source.Length - at)
            return false;
        text = Encoding.UTF8.GetString(source.Slice(at, length));
        at += length;
        return true;
    }
}
