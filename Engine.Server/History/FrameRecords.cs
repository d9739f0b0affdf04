using System.Buffers.Binary;
using System.Text;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Storage.Records;

namespace Engine.Server.History;

/// <summary>Events of the gateway as records of a store, and back. The id has the gateway's sequence. Immutable and thread-safe.</summary>
internal sealed class FrameRecords(EventCatalog catalog, string epoch)
{
    private const string Source = "event-gateway";
    private const string Level = "level";
    private const string From = "source";
    private const string Node = "node_id";
    private const string Pipeline = "pipeline_id";

    private static readonly TimeSpan s_maxAhead = TimeSpan.FromDays(1);

    private readonly byte[] _epoch = Encoding.ASCII.GetBytes(epoch);

    /// <summary>What a record may be. The gateway's clock never goes back, so it may be ahead of the system's.</summary>
    public static EventLimits Limits { get; } = new() { MaxDataBytes = 1 << 28, MaxClockSkew = s_maxAhead };

    /// <summary>The sequence that a record's id has.</summary>
    public static long SequenceOf(StoredEvent record)
    {
        Span<byte> bytes = stackalloc byte[16];
        record.Id.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[8] = 0;
        return BinaryPrimitives.ReadInt64BigEndian(bytes[8..]);
    }

    /// <summary>The record of an event; one of a time that a store would not take gets the last that it does.</summary>
    public StoredEvent ToRecord(EventFrame frame, DateTimeOffset now) => ToRecord(
        frame.Sequence, frame.RecordedAt < now + s_maxAhead ? frame.RecordedAt : now + s_maxAhead,
        new FrameDraft(frame.Type, frame.ResourceId, frame.Traffic, frame.Facets, frame.Envelope));

    /// <exception cref="ArgumentException">The catalog does not have the type.</exception>
    public StoredEvent ToRecord(long sequence, DateTimeOffset recordedAt, in FrameDraft draft)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(metadata, Level, draft.Facets.Level);
        Add(metadata, From, draft.Facets.Source);
        Add(metadata, Node, draft.Facets.NodeId);
        Add(metadata, Pipeline, draft.Facets.PipelineId);
        return new StoredEvent
        {
            Id = IdOf(sequence),
            EventType = NameOf(draft.Type) ?? throw new ArgumentException($"The catalog has no type {draft.Type}.", nameof(draft)),
            Data = draft.Envelope,
            Timestamp = recordedAt,
            Source = Source,
            Key = draft.ResourceId,
            Metadata = metadata,
        };
    }

    /// <summary>Null for one that was erased, or is of a type that the catalog does not have any more.</summary>
    public EventFrame? ToFrame(StoredEvent record, EventTraffic traffic)
    {
        if (record.IsErased || !catalog.WireNames.TryGetWireName(record.EventType, out string? type))
            return null;
        IReadOnlyDictionary<string, string> metadata = record.Metadata;
        var facets = new EventFacets(
            metadata.GetValueOrDefault(Level), metadata.GetValueOrDefault(From), metadata.GetValueOrDefault(Node),
            metadata.GetValueOrDefault(Pipeline));
        long sequence = SequenceOf(record);
        var draft = new FrameDraft(type, record.Key ?? "", traffic, facets, record.Data);
        byte[] block = FrameBlock.Of(_epoch, sequence, draft, out int envelopeStart);
        return new EventFrame(sequence, record.Timestamp, timestamp: 0, draft, block, envelopeStart);
    }

    /// <summary>The name that a wire name has in the store; null if it is none.</summary>
    public string? NameOf(string wireName) => catalog.WireNames.TryGetEventName(wireName, out string? name) ? name : null;

    /// <summary>The kind of traffic that a wire name is; null if it is none.</summary>
    public EventTraffic? TrafficOf(string wireName) => catalog.TryGet(wireName, out GatewayEventType? type) ? type.Traffic : null;

    // Version 8, variant 1 (RFC 9562): an id of one's own making.
    private static Guid IdOf(long sequence)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], sequence);
        bytes[6] = 0x80;
        bytes[8] = 0x80;
        return new Guid(bytes, bigEndian: true);
    }

    private static void Add(Dictionary<string, string> metadata, string name, string? value)
    {
        if (value is not null)
            metadata.Add(name, value);
    }
}
