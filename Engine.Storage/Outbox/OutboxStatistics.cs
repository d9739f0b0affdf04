using Engine.Primitives;

namespace Engine.Storage.Outbox;

/// <summary>What is known of an outbox. Immutable.</summary>
public sealed record OutboxStatistics
{
    /// <summary>Rows by what is to become of them; none for those of which there are none.</summary>
    public required IReadOnlyDictionary<OutboxStatus, long> CountByStatus { get; init; }

    /// <summary>The age of the oldest row that is not published yet; zero if there is none.</summary>
    public required TimeSpan OldestPendingAge { get; init; }

    /// <summary>Rows that this process published within the last minute.</summary>
    public required long PublishedLastMinute { get; init; }

    /// <summary>From the adding of a row to the mark that it is published, for those that this process published.</summary>
    public required DurationDistribution Lag { get; init; }

    /// <summary>Times that the one who is told of failures threw.</summary>
    public required long NoticeErrors { get; init; }

    /// <summary>Rows that are not published yet and will be tried.</summary>
    public long Pending => Count(OutboxStatus.Pending) + Count(OutboxStatus.Processing) + Count(OutboxStatus.Failed);

    /// <summary>Rows that failed as often as they may and are still here.</summary>
    public long GivenUp => Count(OutboxStatus.Dead) + Count(OutboxStatus.Blocked);

    /// <summary>Whether rows were given up, or too many wait, or the oldest has waited too long.</summary>
    public bool IsAlert { get; init; }

    private long Count(OutboxStatus status) => CountByStatus.GetValueOrDefault(status);
}
