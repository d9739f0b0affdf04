using System.Diagnostics;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>An event whose delivery was given up. Immutable.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record DeadLetter
{
    /// <summary>Number of the letter; 0 before it is stored.</summary>
    public long Id { get; init; }

    /// <summary>The event as it was delivered. Its sequence is the one it had within its subscription or store.</summary>
    public required StoredEvent Event { get; init; }

    /// <summary>Who could not handle it. A letter is redelivered to this subscription only.</summary>
    public required string Subscription { get; init; }

    /// <summary>Deliveries that failed, at least 1.</summary>
    public int Failures { get; init; } = 1;

    /// <summary>Deliveries with the next one, which may be one at the end of what is counted.</summary>
    internal int NextFailures => Failures == int.MaxValue ? Failures : Failures + 1;

    /// <summary>How often it was delivered again from here.</summary>
    public int ReplayCount { get; init; }

    /// <summary>When the first delivery failed.</summary>
    public DateTimeOffset FirstFailedAt { get; init; }

    /// <summary>When the latest one failed.</summary>
    public DateTimeOffset LastFailedAt { get; init; }

    /// <summary>The type of what was thrown; null if nothing was.</summary>
    public string? ErrorType { get; init; }

    /// <summary>Why the latest delivery failed; at most 4 KiB characters.</summary>
    public required string ErrorMessage { get; init; }

    /// <summary>Where it was thrown; at most 16 KiB characters.</summary>
    public string? Stack { get; init; }

    /// <summary>The same for errors of one kind: of type, topmost frames and topic.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>What is to become of it.</summary>
    public DeadLetterStatus Status { get; init; }

    /// <summary>From when on it may be delivered again by itself.</summary>
    public DateTimeOffset NextAttemptAt { get; init; }

    /// <summary>When the letter was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Makes a letter of an event that failed.</summary>
    /// <param name="event">The event.</param>
    /// <param name="subscription">Who could not handle it.</param>
    /// <param name="failures">Deliveries that failed.</param>
    /// <param name="reason">Why.</param>
    /// <param name="error">What was thrown; null if nothing was.</param>
    /// <param name="firstFailedAt">When the first failed.</param>
    /// <param name="lastFailedAt">When the latest failed.</param>
    public static DeadLetter For(
        StoredEvent @event, string subscription, int failures, string reason, Exception? error, DateTimeOffset firstFailedAt,
        DateTimeOffset lastFailedAt)
    {
        ArgumentNullException.ThrowIfNull(@event);
        string? stack = ErrorText.Stack(error);
        string? type = error?.GetType().FullName;
        return new DeadLetter
        {
            Event = @event,
            Subscription = subscription,
            Failures = Math.Max(1, failures),
            FirstFailedAt = firstFailedAt,
            LastFailedAt = lastFailedAt,
            ErrorType = type,
            ErrorMessage = ErrorText.Message(reason),
            Stack = stack,
            Fingerprint = ErrorText.Fingerprint(type, stack, @event.EventType),
        };
    }

    /// <summary>Number, event, subscription and reason.</summary>
    public override string ToString() => $"letter {Id}: {Event} for \"{Subscription}\", failed {Failures} times: {ErrorMessage}";
}

/// <summary>What is to become of a dead letter.</summary>
public enum DeadLetterStatus
{
    /// <summary>It may be delivered again.</summary>
    Waiting,

    /// <summary>It failed as often as it may by itself. By hand it may still be delivered again.</summary>
    Exhausted,

    /// <summary>It was delivered and acknowledged, and is kept for a while.</summary>
    Resolved,
}

/// <summary>Which letters are meant: those that meet all that is given. Immutable.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>The event's name; null for all.</summary>
    public string? Topic { get; init; }

    /// <summary>The subscription; null for all.</summary>
    public string? Subscription { get; init; }

    /// <summary>The fingerprint; null for all.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The status; null for those that are waiting or exhausted.</summary>
    public DeadLetterStatus? Status { get; init; }

    /// <summary>The earliest time of the latest failure; null for none.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The time of the latest failure before which they end; null for none.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Numbers of letters; empty for all.</summary>
    public IReadOnlyList<long> Ids { get; init; } = [];
}
