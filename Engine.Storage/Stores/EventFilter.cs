using Engine.Bus;

namespace Engine.Storage.Stores;

/// <summary>Which events are read: those that meet all that is given. Immutable and thread-safe.</summary>
public sealed record EventFilter
{
    /// <summary>Names or patterns of names, of which one must match; empty for all.</summary>
    public IReadOnlyList<EventNamePattern> EventTypes { get; init; } = [];

    /// <summary>The key; null for all.</summary>
    public string? Key { get; init; }

    /// <summary>The source; null for all.</summary>
    public string? Source { get; init; }

    /// <summary>The correlation id; null for all.</summary>
    public Guid? CorrelationId { get; init; }

    /// <summary>The earliest recorded time; null for none.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The recorded time before which events end; null for none.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Those of which the name matches one of several names or patterns.</summary>
    /// <param name="eventTypes">Names or patterns: see <see cref="EventNamePattern"/>.</param>
    /// <exception cref="FormatException">One is not a pattern.</exception>
    public static EventFilter OfTypes(params IEnumerable<string> eventTypes) =>
        new() { EventTypes = [.. eventTypes.Select(EventNamePattern.Parse)] };

    /// <summary>Whether a name matches.</summary>
    internal bool TakesType(string eventType) => EventTypes.Count == 0 || EventTypes.Any(pattern => pattern.Matches(eventType));

    internal void Validate()
    {
        if (From > To)
            throw new ArgumentException($"A range of time must not end before it begins; it is from {From:O} to {To:O}.", nameof(From));
    }
}
