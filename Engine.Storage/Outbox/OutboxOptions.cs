using Engine.Primitives;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;

namespace Engine.Storage.Outbox;

/// <summary>How an outbox works. Immutable.</summary>
public sealed record OutboxOptions
{
    internal const int MaxBatchSize = 10_000;

    /// <summary>How large events may be.</summary>
    public EventLimits Limits { get; init; } = EventLimits.Default;

    /// <summary>Rows that a dispatcher takes at a time: 1 to 10,000.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Keys, and rows without key, that are published at the same time: 1 to 1,024.</summary>
    public int MaxConcurrency { get; init; } = 16;

    /// <summary>How long a dispatcher has its rows for itself: 1 s to 1 hour. After a crash its rows wait that long.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often rows of other processes and transactions are looked for: 1 ms to 1 hour.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Attempts from which on a row is given up: 1 or more.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>The delay after the first failure, doubled with each further one, with up to half of it added: 1 ms to 1 day.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay, that included: 1 ms to 1 day, at least <see cref="BaseDelay"/>.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether the key of a row that was given up waits until somebody decides, instead of going on without it.</summary>
    public bool BlocksKey { get; init; }

    /// <summary>
    /// Where rows go that were given up, as letters for subscription <see cref="OutboxDispatcher.DeadLetterSubscription"/>; null to keep
    /// them in the outbox as dead.
    /// </summary>
    public SqlDeadLetters? DeadLetters { get; init; }

    /// <summary>How long rows are kept after they were published: 0 or more; 0 to delete them at once.</summary>
    public TimeSpan ProcessedRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long the disposal of a dispatcher waits for its publisher; what that does not confirm by then is published again. 0 to 1 day;
    /// default 30 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows that wait to be published above which there is an alert: 0 or more.</summary>
    public long AlertCount { get; init; } = 10_000;

    /// <summary>The age of the oldest row that waits above which there is an alert: 0 or more.</summary>
    public TimeSpan AlertAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Is told of failures and of rows given up, for a log; null for nobody. What it throws is counted and dropped.</summary>
    public Action<OutboxNotice>? OnNotice { get; init; }

    internal static OptionTable<OutboxOptions> Ranges { get; } = new OptionTable<OutboxOptions>("an outbox")
        .With(nameof(BatchSize), OptionRange.Of(1, MaxBatchSize), static o => o.BatchSize)
        .With(nameof(MaxConcurrency), OptionRange.Of(1, 1024), static o => o.MaxConcurrency)
        .With(nameof(Lease), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), static o => o.Lease)
        .With(nameof(PollInterval), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)), static o => o.PollInterval)
        .With(nameof(MaxAttempts), OptionRange.AtLeast(1), static o => o.MaxAttempts)
        .With(nameof(BaseDelay), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)), static o => o.BaseDelay)
        .With(nameof(MaxDelay), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)), static o => o.MaxDelay)
        .With(nameof(ProcessedRetention), OptionRange.AtLeast(TimeSpan.Zero), static o => o.ProcessedRetention)
        .With(nameof(CloseTimeout), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromDays(1)), static o => o.CloseTimeout)
        .With(nameof(AlertCount), OptionRange.AtLeast(0L), static o => o.AlertCount)
        .With(nameof(AlertAge), OptionRange.AtLeast(TimeSpan.Zero), static o => o.AlertAge);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Limits);
        Limits.Validate();
        Ranges.Check(this);
        if (MaxDelay < BaseDelay)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxDelay), MaxDelay,
                $"{nameof(MaxDelay)} of an outbox must be at least {nameof(BaseDelay)}, which is {BaseDelay:c}.");
        }
    }
}

/// <summary>That publishing a row failed.</summary>
/// <param name="Id">The row; 0 where it was the outbox itself that failed.</param>
/// <param name="Topic">The event's name.</param>
/// <param name="Status">What becomes of the row.</param>
/// <param name="Attempt">Which attempt it was.</param>
/// <param name="Error">What was thrown.</param>
public sealed record OutboxNotice(long Id, string Topic, OutboxStatus Status, int Attempt, Exception Error);
