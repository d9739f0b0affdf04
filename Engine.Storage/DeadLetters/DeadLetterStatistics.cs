namespace Engine.Storage.DeadLetters;

/// <summary>What is known of the dead letters. Immutable.</summary>
public sealed record DeadLetterStatistics
{
    /// <summary>Letters that are waiting or exhausted.</summary>
    public required long Count { get; init; }

    /// <summary>Letters that are not tried by themselves any more.</summary>
    public required long Exhausted { get; init; }

    /// <summary>The age of the oldest; zero if there is none.</summary>
    public required TimeSpan OldestAge { get; init; }

    /// <summary>Letters by the event's name.</summary>
    public required IReadOnlyDictionary<string, long> CountByTopic { get; init; }

    /// <summary>Letters stored by this process.</summary>
    public required long Added { get; init; }

    /// <summary>Letters delivered again and acknowledged by this process.</summary>
    public required long Delivered { get; init; }

    /// <summary>Letters that this process stored within the last minute.</summary>
    public required long AddedLastMinute { get; init; }

    /// <summary>Letters that this process delivered again within the last minute, and that were acknowledged.</summary>
    public required long DeliveredLastMinute { get; init; }

    /// <summary>Letters that could not be stored.</summary>
    public required long AddFailures { get; init; }

    /// <summary>Letters removed by retention in this process.</summary>
    public required long Trimmed { get; init; }

    /// <summary>Letters discarded by hand in this process.</summary>
    public required long Discarded { get; init; }

    /// <summary>Times that the one who is told of what happens threw.</summary>
    public required long NoticeErrors { get; init; }

    /// <summary>Whether there are too many, or the oldest is too old.</summary>
    public required bool IsAlert { get; init; }
}
