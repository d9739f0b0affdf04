namespace Engine.Storage.Records;

/// <summary>Which part of an event breaks a rule.</summary>
public enum EventErrorCode
{
    /// <summary>The name is empty, too long or no event name.</summary>
    InvalidEventType,

    /// <summary>The data are empty or too large.</summary>
    InvalidEventData,

    /// <summary>The time stamp lies in the future, or is not set.</summary>
    InvalidTimestamp,

    /// <summary>The id is empty.</summary>
    InvalidId,

    /// <summary>The version is below 1, or a text that is no version.</summary>
    InvalidVersion,

    /// <summary>The source is empty or too long.</summary>
    InvalidSource,

    /// <summary>The key is empty or too long.</summary>
    InvalidKey,

    /// <summary>The content type is empty or too long.</summary>
    InvalidContentType,

    /// <summary>There are too many metadata, or too large ones, or names are missing.</summary>
    InvalidMetadata,
}

/// <summary>A rule that an event breaks.</summary>
/// <param name="Field">The field; in a batch with the event's index before it, such as <c>[3].Source</c>.</param>
/// <param name="Value">Its value, shortened.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Code">Which kind of problem it is.</param>
public sealed record EventProblem(string Field, string Value, string Rule, EventErrorCode Code)
{
    /// <summary>The field, the rule and the value.</summary>
    public override string ToString() => $"{Field} {Rule}; it is {Value}.";
}

/// <summary>Events were not stored because they break rules; nothing was written.</summary>
/// <param name="problems">All that is wrong.</param>
public sealed class EventValidationException(IReadOnlyList<EventProblem> problems)
    : ArgumentException("The event cannot be stored: " + string.Join(" ", problems))
{
    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<EventProblem> Problems { get; } = problems;
}
