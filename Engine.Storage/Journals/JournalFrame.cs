using System.Buffers;
using Engine.Events;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using ZstdSharp;

namespace Engine.Storage.Journals;

/// <summary>A frame of a journal, as a reader gives it. Valid until the reader goes on.</summary>
public readonly struct JournalFrame
{
    private readonly ReadOnlyMemory<byte> _payload;
    private readonly JournalCodecs _codecs;

    internal JournalFrame(FrameHeader header, JournalPosition position, ReadOnlyMemory<byte> payload, JournalCodecs codecs)
    {
        Header = header;
        Position = position;
        _payload = payload;
        _codecs = codecs;
    }

    /// <summary>What it says of itself.</summary>
    public FrameHeader Header { get; }

    /// <summary>Where it is.</summary>
    public JournalPosition Position { get; }

    /// <summary>Bytes of the whole frame, header included.</summary>
    public int Length => Header.HeaderLength + FrameFormat.Align(_payload.Length);

    /// <summary>Reads a frame that stands alone, such as one that came over a network, and compares its checksums.</summary>
    /// <param name="bytes">The whole frame, as <see cref="CopyTo"/> gives it; they must stay as they are while the frame is used.</param>
    /// <param name="codecs">How bytes become events; null for the engine's own ways.</param>
    /// <exception cref="InvalidDataException">The bytes are no good frame, or are those of a newer format.</exception>
    public static JournalFrame Parse(ReadOnlyMemory<byte> bytes, JournalCodecs? codecs = null)
    {
        FrameHeader header = FrameFormat.Read(bytes.Span[..Math.Min(bytes.Length, FrameFormat.MaxHeaderLength)])
            ?? throw new InvalidDataException($"{bytes.Length} bytes begin with no header of a frame.");
        if (bytes.Length != header.FrameLength)
            throw new InvalidDataException($"Frame {header.FrameNumber} has {header.FrameLength} bytes; there are {bytes.Length}.");
        ReadOnlyMemory<byte> payload = bytes.Slice(header.HeaderLength, header.PayloadLength);
        return Crc32C.Of(payload.Span) == header.PayloadChecksum
            ? new JournalFrame(header, default, payload, codecs ?? new JournalCodecs())
            : throw new InvalidDataException($"The payload of frame {header.FrameNumber} does not match its checksum.");
    }

    /// <summary>Writes the whole frame, as it is in the journal.</summary>
    /// <param name="target">Room for <see cref="Length"/> bytes.</param>
    public void CopyTo(Span<byte> target)
    {
        target = target[..Length];
        int header = FrameFormat.Write(Header, target);
        _payload.Span.CopyTo(target[header..]);
        target[(header + _payload.Length)..].Clear();
    }

    /// <summary>Decodes its events.</summary>
    /// <typeparam name="T">The event type; its name must be the frame's.</typeparam>
    /// <param name="events">Room for them: at least as many as the header says.</param>
    /// <exception cref="InvalidDataException">
    /// The frame holds events of another type or layout, its codec is not known, or its bytes are not those of its events.
    /// </exception>
    public void Decode<T>(Span<T> events)
        where T : unmanaged, IEvent<T>
    {
        FrameHeader header = Header;
        if (header.Stream.EventType != T.Descriptor.Name)
            throw new InvalidDataException($"The frame holds events \"{header.Stream.EventType}\", not \"{T.Descriptor.Name}\".");
        DecodeAs(events);
    }

    /// <summary>The payload of a frame without events, decompressed.</summary>
    internal byte[] ReadPayload()
    {
        if (!Header.IsCompressed)
            return _payload.ToArray();
        byte[] encoded = new byte[Header.EncodedLength];
        Decompress(encoded);
        return encoded;
    }

    /// <summary>The same for a type of which it is known that the frame has its events, whatever their name was.</summary>
    internal void DecodeAs<T>(Span<T> events)
        where T : unmanaged, IEvent<T>
    {
        FrameHeader header = Header;
        if (header.Stream.EventSize != System.Runtime.CompilerServices.Unsafe.SizeOf<T>())
        {
            throw new InvalidDataException(
                $"An event \"{header.Stream.EventType}\" of the frame has {header.Stream.EventSize} bytes ({header.Stream.Layout}); "
                + $"this program's has {System.Runtime.CompilerServices.Unsafe.SizeOf<T>()}.");
        }

        IJournalCodec<T> codec = _codecs.ReaderOf<T>(header.CodecId)
            ?? throw new InvalidDataException(
                $"The frame was written by codec {header.CodecId}, which is not known for \"{T.Descriptor.Name}\".");
        if (!header.IsCompressed)
        {
            codec.Decode(_payload.Span, events[..header.Count]);
            return;
        }

        byte[] encoded = ArrayPool<byte>.Shared.Rent(Math.Max(1, header.EncodedLength));
        try
        {
            codec.Decode(Decompress(encoded), events[..header.Count]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    [ThreadStatic]
    private static Decompressor? t_decompressor;

    private Span<byte> Decompress(byte[] target)
    {
        try
        {
            Span<byte> encoded = target.AsSpan(0, Header.EncodedLength);
            int length = (t_decompressor ??= new Decompressor()).Unwrap(_payload.Span, encoded);
            if (length != encoded.Length)
                throw new InvalidDataException($"The frame's bytes come to {length}, not to the {encoded.Length} that it says.");
            return encoded;
        }
        catch (ZstdException exception)
        {
            throw new InvalidDataException("The frame's bytes cannot be decompressed.", exception);
        }
    }
}

/// <summary>A place in a journal.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Bytes from its beginning.</param>
public readonly record struct JournalPosition(long Segment, long Offset)
{
    /// <summary>Segment and offset.</summary>
    public override string ToString() => FormattableString.Invariant($"{Segment}:{Offset}");
}
