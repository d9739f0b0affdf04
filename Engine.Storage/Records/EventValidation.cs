using System.Globalization;
using System.Text;
using Engine.Bus;
using Engine.Events;

namespace Engine.Storage.Records;

/// <summary>Checks events before they are stored. Thread-safe; finds all problems at once.</summary>
public static class EventValidation
{
    private const int ShownLength = 40;

    /// <summary>Finds what is wrong with an event.</summary>
    /// <param name="event">The event.</param>
    /// <param name="now">The store's clock.</param>
    /// <param name="limits">The limits; null for the default ones.</param>
    /// <returns>Empty if it may be stored.</returns>
    public static IReadOnlyList<EventProblem> Find(StoredEvent @event, DateTimeOffset now, EventLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(@event);
        List<EventProblem>? problems = null;
        Check(@event, "", now, limits ?? EventLimits.Default, ref problems);
        return problems ?? [];
    }

    /// <summary>Finds what is wrong with a batch, and throws if anything is.</summary>
    /// <exception cref="EventValidationException">A rule is broken.</exception>
    internal static void ThrowIfInvalid(IReadOnlyList<StoredEvent> events, DateTimeOffset now, EventLimits limits)
    {
        List<EventProblem>? problems = null;
        for (int i = 0; i < events.Count; i++)
        {
            string prefix = events.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"[{i}].");
            if (events[i] is null)
                throw new ArgumentException($"Events to be stored must not be null; {prefix.TrimEnd('.')} is.", nameof(events));
            Check(events[i], prefix, now, limits, ref problems);
        }

        if (problems is not null)
            throw new EventValidationException(problems);
    }

    /// <summary>Checks the name of a stream.</summary>
    /// <exception cref="ArgumentException">It is empty, too long or no text.</exception>
    internal static void ThrowIfNoStream(string stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (string.IsNullOrWhiteSpace(stream) || stream.Length > EventLimits.MaxTextLength || !IsText(stream))
        {
            throw new ArgumentException(
                $"The name of a stream must be 1 to 255 characters of text without NUL; it is {Shown(stream)}.", nameof(stream));
        }
    }

    private static void Check(StoredEvent item, string prefix, DateTimeOffset now, EventLimits limits, ref List<EventProblem>? problems)
    {
        if (item.EventType is not { Length: > 0 and <= EventLimits.MaxTextLength } || !EventDescriptor.IsName(item.EventType))
        {
            Add(
                ref problems, prefix, nameof(item.EventType), Shown(item.EventType),
                "must be lower-case words joined by '-' in levels joined by '.', 255 characters at most", EventErrorCode.InvalidEventType);
        }

        if (item.Id == Guid.Empty)
            Add(ref problems, prefix, nameof(item.Id), "empty", "must not be empty", EventErrorCode.InvalidId);
        if (item.Version < 1)
        {
            Add(
                ref problems, prefix, nameof(item.Version), item.Version.ToString(CultureInfo.InvariantCulture), "must be 1 or more",
                EventErrorCode.InvalidVersion);
        }

        if (item.Data.Length == 0 || item.Data.Length > limits.MaxDataBytes)
        {
            Add(
                ref problems, prefix, nameof(item.Data), string.Create(CultureInfo.InvariantCulture, $"{item.Data.Length} bytes"),
                string.Create(CultureInfo.InvariantCulture, $"must be 1 to {limits.MaxDataBytes} bytes (without fields it is {{}})"),
                EventErrorCode.InvalidEventData);
        }

        CheckTime(item, prefix, now, limits, ref problems);
        CheckText(item.Source, prefix, nameof(item.Source), EventErrorCode.InvalidSource, ref problems);
        CheckText(item.ContentType, prefix, nameof(item.ContentType), EventErrorCode.InvalidContentType, ref problems);
        if (item.Key is not null)
            CheckText(item.Key, prefix, nameof(item.Key), EventErrorCode.InvalidKey, ref problems);
        CheckMetadata(item, prefix, ref problems);
    }

    private static void CheckTime(
        StoredEvent item, string prefix, DateTimeOffset now, EventLimits limits, ref List<EventProblem>? problems)
    {
        string shown = item.Timestamp.ToString("O", CultureInfo.InvariantCulture);
        if (item.Timestamp == default)
            Add(ref problems, prefix, nameof(item.Timestamp), shown, "must be set", EventErrorCode.InvalidTimestamp);
        if (item.Timestamp - now > limits.MaxClockSkew)
        {
            Add(
                ref problems, prefix, nameof(item.Timestamp), shown,
                string.Create(
                    CultureInfo.InvariantCulture, $"must be at most {limits.MaxClockSkew} ahead of the store's clock, which is {now:O}"),
                EventErrorCode.InvalidTimestamp);
        }
    }

    private static void CheckText(string? text, string prefix, string field, EventErrorCode code, ref List<EventProblem>? problems)
    {
        // A NUL is text to some databases and an error to others.
        if (string.IsNullOrWhiteSpace(text) || text.Length > EventLimits.MaxTextLength || !IsText(text))
            Add(ref problems, prefix, field, Shown(text), "must be 1 to 255 characters of text without NUL", code);
    }

    private static void CheckMetadata(StoredEvent item, string prefix, ref List<EventProblem>? problems)
    {
        int bytes = 0;
        bool isText = item.Metadata is not null;
        foreach ((string name, string value) in item.Metadata ?? new Dictionary<string, string>())
        {
            isText &= !string.IsNullOrWhiteSpace(name) && value is not null && IsText(name) && IsText(value);
            bytes += Encoding.UTF8.GetByteCount(name ?? "") + Encoding.UTF8.GetByteCount(value ?? "");
        }

        if (isText && item.Metadata!.Count <= EventDetails.MaxMetadataCount && bytes <= EventDetails.MaxMetadataBytes)
            return;
        Add(
            ref problems, prefix, nameof(item.Metadata),
            item.Metadata is null ? "null" : string.Create(CultureInfo.InvariantCulture, $"{item.Metadata.Count} entries, {bytes} bytes"),
            "must be at most 16 entries and 4096 bytes, with names and values of text without NUL", EventErrorCode.InvalidMetadata);
    }

    /// <summary>Whether all characters survive as UTF-8.</summary>
    private static bool IsText(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i)))
                return false;
            if (char.IsSurrogate(text[i]))
                i++;
        }

        return true;
    }

    private static string Shown(string? text) =>
        text is null ? "null" : text.Length <= ShownLength ? $"\"{text}\"" : $"\"{text[..ShownLength]}...\" ({text.Length} characters)";

    private static void Add(
        ref List<EventProblem>? problems, string prefix, string field, string value, string rule, EventErrorCode code) =>
        (problems ??= []).Add(new EventProblem(prefix + field, value, rule, code));
}
