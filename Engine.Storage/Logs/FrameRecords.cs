using System.Buffers;
using System.Buffers.Binary;
using Engine.Bus.Codecs;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Frames;
using Engine.Storage.Records;

namespace Engine.Storage.Logs;

/// <summary>The decoded events of a frame, which become records one by one as they are asked for.</summary>
internal abstract class FrameRecords(JournalEventType type, FrameHeader header)
{
    // Version 8 and variant 1 of RFC 9562, in the two halves of an id.
    private const ulong VersionBits = 0x8000;
    private const ulong VersionMask = 0xF000;
    private const ulong VariantBits = 1UL << 63;
    private const ulong VariantMask = 3UL << 62;

    private readonly string _stream = $"{header.Stream.EventType} {header.Stream.Session:x16}/{header.Stream.ProducerId}";

    public FrameHeader Header => header;

    /// <summary>The record of an event, by its index in the frame.</summary>
    public StoredEvent Make(int index)
    {
        long place = JournalPlace.Of(header.FrameNumber, index);
        return new StoredEvent
        {
            Sequence = place,
            Id = IdOf(header.Stream.Session, place),
            EventType = type.Version.EventName,
            Version = type.Version.Version,
            Data = Encode(index),
            ContentType = type.ContentType,
            Timestamp = header.Time,
            RecordedAt = header.Time,
            Source = JournalPlace.SourceOf(header.Stream),
            Key = header.Stream.VmId,
            Stream = _stream,
            StreamVersion = header.FirstSequence + index,
        };
    }

    /// <summary>The first event of the frame at an instruction count or behind it, as exactly as the event type can tell.</summary>
    public abstract int IndexOf(long instructionCount);

    /// <summary>The place that is part of an event's id.</summary>
    public static long PlaceIn(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) & ~VariantMask);
    }

    protected abstract byte[] Encode(int index);

    // The same for the same event each time, and another one in another journal.
    private static Guid IdOf(long session, long place)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)session & ~VersionMask) | VersionBits);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], (ulong)place | VariantBits);
        return new Guid(bytes, bigEndian: true);
    }
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class FrameRecords<T>(JournalEventType<T> type, FrameHeader header, T[] events, IEventCodec<T> codec)
    : FrameRecords(type, header)
    where T : unmanaged, IEvent<T>
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public override int IndexOf(long instructionCount)
    {
        // An instruction's number is its sequence; rarer events carry theirs; of others the frame's is as near as it gets.
        if (typeof(T) == typeof(InstructionRetired))
            return (int)Math.Clamp(instructionCount - Header.FirstSequence, 0, events.Length);
        if (default(T) is not IExecutionPointEvent)
            return 0;
        int index = Array.FindIndex(
            events, item => ((IExecutionPointEvent)item).At.RetiredInstructions >= (ulong)Math.Max(0, instructionCount));
        return index < 0 ? events.Length : index;
    }

    protected override byte[] Encode(int index)
    {
        _bytes.ResetWrittenCount();
        codec.Encode(in events[index], _bytes);
        return _bytes.WrittenSpan.ToArray();
    }
}
