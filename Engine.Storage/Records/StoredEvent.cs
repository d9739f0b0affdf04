using System.Collections.Frozen;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Engine.Bus;
using Engine.Bus.Versions;

namespace Engine.Storage.Records;

/// <summary>
/// An event as it is kept: in a store, an outbox, among dead letters, on the wire. Immutable and thread-safe; its bytes are not
/// copied, and whoever made it must leave them alone.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record StoredEvent
{
    /// <summary>What data are unless something else is said.</summary>
    public const string DefaultContentType = "application/json";

    /// <summary>The event's place in its store: from 1, ascending, without holes, in the order of commits; 0 before it is stored.</summary>
    public long Sequence { get; init; }

    /// <summary>Identifies the event; unique in its store.</summary>
    public Guid Id { get; init; }

    /// <summary>The event's name, the same for all its versions.</summary>
    public required string EventType { get; init; }

    /// <summary>Its version, from 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The event itself; empty only if it was erased.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>What the data are.</summary>
    public string ContentType { get; init; } = DefaultContentType;

    /// <summary>When it happened, as its publisher says. Kept in UTC, to 100 ns.</summary>
    public DateTimeOffset Timestamp { get; init => field = value.ToUniversalTime(); }

    /// <summary>
    /// When the store took it, by the store's clock; never before its predecessor. The default before it is stored.
    /// </summary>
    public DateTimeOffset RecordedAt { get; init => field = value.ToUniversalTime(); }

    /// <summary>Who published it.</summary>
    public required string Source { get; init; }

    /// <summary>What it is about, such as a resource or an aggregate; null if nothing in particular.</summary>
    public string? Key { get; init; }

    /// <summary>Identifies the whole that the event belongs to; may be empty.</summary>
    public Guid CorrelationId { get; init; }

    /// <summary>The id of the event that caused it; may be empty.</summary>
    public Guid CausationId { get; init; }

    /// <summary>Small texts by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The stream that the store keeps it in; null if it was appended to none.</summary>
    public string? Stream { get; init; }

    /// <summary>Its number within the stream: from 1, without holes; 0 if it is in none.</summary>
    public long StreamVersion { get; init; }

    /// <summary>Who erased the data, when and why; null if they are there.</summary>
    public EventErasure? Erasure { get; init; }

    /// <summary>Whether the data were erased: the event keeps its place and says no more.</summary>
    public bool IsErased => Erasure is not null;

    /// <summary>Name and version, as the registry of event types has them.</summary>
    public EventVersion EventVersion => new(EventType, Version);

    /// <summary>
    /// The id for a text that another system identifies the event by: the text's own value if it is a GUID, else a hash of it, the
    /// same each time.
    /// </summary>
    /// <param name="text">1 to 255 characters.</param>
    /// <exception cref="ArgumentException">The text is empty or too long.</exception>
    public static Guid IdFrom(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        if (text.Length > EventLimits.MaxTextLength)
        {
            throw new ArgumentException(
                $"The id of an event has at most {EventLimits.MaxTextLength} characters; this has {text.Length}.", nameof(text));
        }

        if (Guid.TryParse(text, out Guid id))
            return id;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        // Version 8, variant 1 (RFC 9562): a name-based id of one's own making.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>The form in which a bus takes the event in.</summary>
    /// <param name="isReplay">Whether handlers are to know that it was published before.</param>
    public IncomingEvent ToIncoming(bool isReplay = false) =>
        new(EventVersion, Data, new EventIds
        {
            Id = Id,
            CorrelationId = CorrelationId,
            CausationId = CausationId,
            IsReplay = isReplay,
            Details = new EventDetails { Source = Source, Key = Key, OccurredAt = Timestamp, Metadata = Metadata },
        })
        {
            ContentType = ContentType,
        };

    /// <summary>Whether another record is the same event: all that the publisher gave is equal, bytes included.</summary>
    /// <param name="other">The other record.</param>
    public bool HasSameContentAs(StoredEvent other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Id == other.Id && EventType == other.EventType && Version == other.Version && ContentType == other.ContentType
            && Timestamp == other.Timestamp && Source == other.Source && Key == other.Key
            && CorrelationId == other.CorrelationId && CausationId == other.CausationId
            && Data.Span.SequenceEqual(other.Data.Span) && Metadata.Count == other.Metadata.Count
            && Metadata.All(entry => other.Metadata.TryGetValue(entry.Key, out string? value) && value == entry.Value);
    }

    /// <summary>Compares data and metadata by what is in them.</summary>
    public bool Equals(StoredEvent? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Sequence == other.Sequence && RecordedAt == other.RecordedAt && Erasure == other.Erasure
            && Stream == other.Stream && StreamVersion == other.StreamVersion && HasSameContentAs(other));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Sequence, EventType, Version);

    /// <summary>Sequence, name, version and id.</summary>
    public override string ToString() =>
        $"#{Sequence} {EventType} v{Version} {Id}{(IsErased ? ", erased" : $", {Data.Length} bytes")}";
}

/// <summary>That the data of an event were erased.</summary>
/// <param name="At">When.</param>
/// <param name="By">By whom.</param>
/// <param name="Reason">Why.</param>
public sealed record EventErasure(DateTimeOffset At, string By, string Reason);
