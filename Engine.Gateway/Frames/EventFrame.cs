using Engine.Gateway.Events;

namespace Engine.Gateway.Frames;

/// <summary>
/// An event as it goes out: serialized once, and shared by all streams. Immutable, but for the mark that a newer one of
/// the same type and resource has come.
/// </summary>
public sealed class EventFrame
{
    private long _supersededBy;

    internal EventFrame(long sequence, DateTimeOffset recordedAt, long timestamp, in FrameDraft draft, byte[] block, int envelopeStart)
    {
        Sequence = sequence;
        RecordedAt = recordedAt;
        Timestamp = timestamp;
        Type = draft.Type;
        ResourceId = draft.ResourceId;
        Traffic = draft.Traffic;
        Facets = draft.Facets;
        Block = block;
        Envelope = block.AsMemory(envelopeStart, block.Length - envelopeStart - 2);
    }

    /// <summary>Its number, from 1, without gaps in the order of recording.</summary>
    public long Sequence { get; }

    /// <summary>When it was recorded; never before its predecessor.</summary>
    public DateTimeOffset RecordedAt { get; }

    /// <summary>The wire name of its type.</summary>
    public string Type { get; }

    /// <summary>What it is about.</summary>
    public string ResourceId { get; }

    /// <summary>What kind of traffic it is.</summary>
    public EventTraffic Traffic { get; }

    /// <summary>What it can be filtered by beside.</summary>
    public EventFacets Facets { get; }

    /// <summary>The block of a stream, in UTF-8: id, event, data and the empty line.</summary>
    public ReadOnlyMemory<byte> Block { get; }

    /// <summary>The JSON within.</summary>
    public ReadOnlyMemory<byte> Envelope { get; }

    /// <summary>When it was published, by the gateway's clock that never goes back.</summary>
    internal long Timestamp { get; }

    /// <summary>Whether a newer one of the same type and resource is among those up to a sequence.</summary>
    internal bool IsSupersededUpTo(long sequence)
    {
        long by = Volatile.Read(ref _supersededBy);
        return by != 0 && by <= sequence;
    }

    internal void Supersede(long sequence) => Volatile.Write(ref _supersededBy, sequence);
}

/// <summary>An event that is serialized and has no sequence yet.</summary>
/// <param name="Type">The wire name of its type.</param>
/// <param name="ResourceId">What it is about.</param>
/// <param name="Traffic">What kind of traffic it is.</param>
/// <param name="Facets">What it can be filtered by beside.</param>
/// <param name="Envelope">Its JSON, without line breaks.</param>
public readonly record struct FrameDraft(
    string Type, string ResourceId, EventTraffic Traffic, EventFacets Facets, ReadOnlyMemory<byte> Envelope);
