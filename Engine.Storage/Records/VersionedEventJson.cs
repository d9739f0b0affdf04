using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Engine.Storage.Records;

/// <summary>
/// The JSON form of an event with its version:
/// <c>{"version":"v2","type":"user.activity","data":{...},"meta":{"timestamp":"...","correlation_id":"...","source":"..."}}</c>.
/// <c>meta</c> also has <c>id</c>, and <c>causation_id</c> and <c>key</c> where there are any. Thread-safe.
/// </summary>
public static class VersionedEventJson
{
    /// <summary>Writes an event.</summary>
    /// <param name="event">The event; its data must be JSON and not erased.</param>
    /// <param name="output">Where the bytes go.</param>
    /// <exception cref="ArgumentException">The data are no JSON.</exception>
    public static void Write(StoredEvent @event, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(@event);
        ArgumentNullException.ThrowIfNull(output);
        if (@event.IsErased || @event.ContentType != StoredEvent.DefaultContentType)
        {
            throw new ArgumentException(
                $"Only data of type {StoredEvent.DefaultContentType} have a JSON form; {@event} has {@event.ContentType}.", nameof(@event));
        }

        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("version", string.Create(CultureInfo.InvariantCulture, $"v{@event.Version}"));
        writer.WriteString("type", @event.EventType);
        writer.WritePropertyName("data");
        writer.WriteRawValue(@event.Data.Span);
        writer.WriteStartObject("meta");
        writer.WriteString("id", @event.Id);
        writer.WriteString("timestamp", @event.Timestamp.UtcDateTime);
        writer.WriteString("correlation_id", @event.CorrelationId);
        if (@event.CausationId != Guid.Empty)
            writer.WriteString("causation_id", @event.CausationId);
        if (@event.Key is not null)
            writer.WriteString("key", @event.Key);
        writer.WriteString("source", @event.Source);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Reads an event. What the form does not have is filled in: an id, the time, an empty correlation id.</summary>
    /// <param name="json">Exactly one object.</param>
    /// <param name="timeProvider">The clock for an event without time; null for the system's.</param>
    /// <param name="assumeVersion">The version of an event that names none; null to refuse it, since a guess corrupts data.</param>
    /// <exception cref="EventValidationException">A field is missing or has another form.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static StoredEvent Read(ReadOnlyMemory<byte> json, TimeProvider? timeProvider = null, int? assumeVersion = null)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw Problem("event", root.ValueKind.ToString(), "must be an object", EventErrorCode.InvalidEventData);
        JsonElement meta = root.TryGetProperty("meta", out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found : default;
        if (!root.TryGetProperty("data", out JsonElement data))
            throw Problem("data", "missing", "must be there", EventErrorCode.InvalidEventData);
        return new StoredEvent
        {
            Id = GuidOf(meta, "id", EventErrorCode.InvalidId) ?? Guid.CreateVersion7(),
            EventType = Text(root, "type", EventErrorCode.InvalidEventType)
                ?? throw Problem("type", "missing", "must be there", EventErrorCode.InvalidEventType),
            Version = VersionOf(root, assumeVersion),
            Data = System.Text.Encoding.UTF8.GetBytes(data.GetRawText()),
            Timestamp = TimeOf(meta) ?? (timeProvider ?? TimeProvider.System).GetUtcNow(),
            Source = Text(meta, "source", EventErrorCode.InvalidSource)
                ?? (assumeVersion is null ? "" : "event_converter"),
            Key = Text(meta, "key", EventErrorCode.InvalidKey),
            CorrelationId = GuidOf(meta, "correlation_id", EventErrorCode.InvalidId) ?? Guid.Empty,
            CausationId = GuidOf(meta, "causation_id", EventErrorCode.InvalidId) ?? Guid.Empty,
        };
    }

    /// <summary>Reads the text of a version: <c>v2</c>, <c>2</c> or <c>2.0</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="version">The version; 0 if the text is none.</param>
    public static bool TryParseVersion(string? text, out int version)
    {
        ReadOnlySpan<char> digits = text;
        if (digits.Length > 1 && digits[0] is 'v' or 'V')
            digits = digits[1..];
        if (digits.EndsWith(".0"))
            digits = digits[..^2];
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out version) && version >= 1)
            return true;
        version = 0;
        return false;
    }

    private static int VersionOf(JsonElement root, int? assumeVersion)
    {
        string? text = root.TryGetProperty("version", out JsonElement element)
            ? element.ValueKind == JsonValueKind.String ? element.GetString() : element.GetRawText()
            : null;
        if (text is null && assumeVersion is { } assumed)
            return assumed;
        return TryParseVersion(text, out int version)
            ? version
            : throw Problem("version", text ?? "missing", "must be v1, 1 or 1.0 and the like", EventErrorCode.InvalidVersion);
    }

    private static string? Text(JsonElement parent, string name, EventErrorCode code)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out JsonElement element))
            return null;
        return element.ValueKind == JsonValueKind.String
            ? element.GetString()
            : throw Problem(name, element.ValueKind.ToString(), "must be a text", code);
    }

    private static Guid? GuidOf(JsonElement meta, string name, EventErrorCode code)
    {
        string? text = Text(meta, name, code);
        if (string.IsNullOrEmpty(text))
            return null;
        return text.Length <= EventLimits.MaxTextLength
            ? StoredEvent.IdFrom(text)
            : throw Problem(name, text[..32] + "...", "must be 255 characters at most", code);
    }

    private static DateTimeOffset? TimeOf(JsonElement meta)
    {
        string? text = Text(meta, "timestamp", EventErrorCode.InvalidTimestamp);
        if (text is null)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw Problem("timestamp", text, "must be a time of RFC 3339", EventErrorCode.InvalidTimestamp);
    }

    private static EventValidationException Problem(string field, string value, string rule, EventErrorCode code) =>
        new([new EventProblem(field, value, rule, code)]);
}
