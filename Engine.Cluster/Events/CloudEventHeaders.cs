using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Engine.Cluster.Transport;
using Engine.Storage.Records;

namespace Engine.Cluster.Events;

/// <summary>
/// Stored events as CloudEvents 1.0 in binary mode: attributes are headers <c>ce-*</c>, the data is the message. What the specification
/// has no attribute for is an extension. Values are percent-encoded as in the specification's binding for HTTP. Stateless.
/// </summary>
public static class CloudEventHeaders
{
    /// <summary>The version of the specification.</summary>
    public const string SpecVersion = "1.0";

    private const string ContentType = "content-type";
    private const string Prefix = "ce-";

    // What headers may hold as it is: printable ASCII but for space, quotes and the sign of encoding.
    private static readonly SearchValues<char> s_plain = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(static code => (char)code).Where(static c => c is not ('"' or '%'))]);

    /// <summary>The headers of an event.</summary>
    /// <param name="event">The event.</param>
    public static IReadOnlyDictionary<string, string> Of(StoredEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        var headers = new Dictionary<string, string>
        {
            [Prefix + "specversion"] = SpecVersion,
            [Prefix + "id"] = @event.Id.ToString(),
            [Prefix + "source"] = Encode(@event.Source),
            [Prefix + "type"] = @event.EventType,
            [Prefix + "time"] = @event.Timestamp.ToString("O", CultureInfo.InvariantCulture),
            [Prefix + "dataversion"] = @event.Version.ToString(CultureInfo.InvariantCulture),
            [ContentType] = Encode(@event.ContentType),
        };
        if (@event.Key is { } key)
            headers[Prefix + "subject"] = Encode(key);
        if (@event.Sequence > 0)
            headers[Prefix + "sequence"] = @event.Sequence.ToString(CultureInfo.InvariantCulture);
        if (@event.CorrelationId != Guid.Empty)
            headers[Prefix + "correlationid"] = @event.CorrelationId.ToString();
        if (@event.CausationId != Guid.Empty)
            headers[Prefix + "causationid"] = @event.CausationId.ToString();
        if (@event.Metadata.Count > 0)
        {
            headers[Prefix + "metadata"] = Encode(MetadataJsonContext.Write(@event.Metadata.ToDictionary()));
        }

        return headers;
    }

    /// <summary>The event of a message.</summary>
    /// <param name="header">Gives the text of a header; null if there is none.</param>
    /// <param name="data">The message.</param>
    /// <exception cref="InvalidDataException">An attribute is missing, or is not what it must be; the message says which.</exception>
    public static StoredEvent Read(Func<string, string?> header, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header(Prefix + "specversion") is not SpecVersion)
            throw new InvalidDataException($"ce-specversion must be {SpecVersion}, but is \"{header(Prefix + "specversion")}\".");
        return new StoredEvent
        {
            Id = StoredEvent.IdFrom(Require("id")),
            EventType = Require("type"),
            Source = Decode(Require("source")),
            Version = Number("dataversion") is > 0 and <= int.MaxValue and long version ? (int)version : 1,
            Sequence = Number("sequence"),
            Timestamp = Time(),
            Key = header(Prefix + "subject") is { } key ? Decode(key) : null,
            ContentType = header(ContentType) is { } type ? Decode(type) : StoredEvent.DefaultContentType,
            CorrelationId = Id("correlationid"),
            CausationId = Id("causationid"),
            Metadata = Metadata(),
            Data = data,
        };

        string Require(string name) => header(Prefix + name) is { Length: > 0 and <= EventLimits.MaxTextLength } text ? text
            : throw new InvalidDataException($"ce-{name} must have 1 to {EventLimits.MaxTextLength} characters.");

        long Number(string name) => long.TryParse(header(Prefix + name), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value : 0;

        Guid Id(string name) => header(Prefix + name) is { Length: > 0 and <= EventLimits.MaxTextLength } text
            ? StoredEvent.IdFrom(text) : Guid.Empty;

        DateTimeOffset Time() => header(Prefix + "time") is not { } text ? default
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time
            : throw new InvalidDataException($"ce-time is no time: \"{text}\".");

        IReadOnlyDictionary<string, string> Metadata()
        {
            if (header(Prefix + "metadata") is not { } text)
                return FrozenDictionary<string, string>.Empty;
            try
            {
                return MetadataJsonContext.Read(Decode(text))
                    ?? (IReadOnlyDictionary<string, string>)FrozenDictionary<string, string>.Empty;
            }
            catch (JsonException error)
            {
                throw new InvalidDataException("ce-metadata is no JSON object of texts.", error);
            }
        }
    }

    internal static TransportMessage MessageOf(StoredEvent @event, string subject) =>
        new(subject, @event.Id.ToString(), @event.Data, Of(@event));

    private static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(s_plain))
            return text;
        var encoded = new StringBuilder();
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && s_plain.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
                encoded.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
