using System.Diagnostics;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>
/// Dead letters in a database: events whose delivery was given up, each for the one subscription that failed. All members are
/// thread-safe; several processes may share them.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class SqlDeadLetters : IParkedMessageStore
{
    /// <summary>Letters of a page at most.</summary>
    public const int MaxPageLength = 1000;

    private long _added;
    private long _addFailures;
    private long _trimmed;
    private long _discarded;
    private long _noticeErrors;
    private readonly RecentCount _addedRecently;
    private readonly RecentCount _deliveredRecently;
    private long _delivered;

    /// <summary>Makes them. Opens nothing yet.</summary>
    /// <param name="database">Where they are.</param>
    /// <param name="options">How they are kept.</param>
    public SqlDeadLetters(StorageDatabase database, DeadLetterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        Options = options ?? new DeadLetterOptions();
        Options.Validate();
        Database = database;
        _addedRecently = new RecentCount(database.TimeProvider);
        _deliveredRecently = new RecentCount(database.TimeProvider);
    }

    /// <summary>Where they are.</summary>
    public StorageDatabase Database { get; }

    /// <summary>How they are kept.</summary>
    public DeadLetterOptions Options { get; }

    internal void Delivered()
    {
        Interlocked.Increment(ref _delivered);
        _deliveredRecently.Add(1);
    }

    /// <summary>Stores a letter; one for the same event and subscription is renewed. Durable when the call completes.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="cancellationToken">Gives up before it is queued for writing.</param>
    /// <exception cref="EventValidationException">The event breaks a rule; nothing was written.</exception>
    public async ValueTask AddAsync(DeadLetter letter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(letter);
        ArgumentException.ThrowIfNullOrWhiteSpace(letter.Subscription, nameof(letter));
        try
        {
            // Its time stamp was checked when it was taken in, if it was; a letter is not lost for a clock.
            EventValidation.ThrowIfInvalid([letter.Event], DateTimeOffset.MaxValue, Limits);
            await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
            DateTimeOffset now = Database.TimeProvider.GetUtcNow();
            await Database.WriteAsync(
                "storing a dead letter", session =>
                {
                    DeadLetterRow.Upsert(session, letter, now);
                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Interlocked.Increment(ref _addFailures);
            Notify(DeadLetterNoticeKind.AddFailed, letter, error.Message);
            throw;
        }

        Interlocked.Increment(ref _added);
        _addedRecently.Add(1);
        Notify(DeadLetterNoticeKind.Added, letter, letter.ErrorMessage);
    }

    /// <summary>Stores a letter as it is, unless there is one for its event and subscription.</summary>
    internal async ValueTask<bool> TryImportAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        EventValidation.ThrowIfInvalid([letter.Event], DateTimeOffset.MaxValue, Limits);
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = Database.TimeProvider.GetUtcNow();
        return await Database.WriteAsync(
            "importing a dead letter", session => DeadLetterRow.TryImport(session, letter, now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stores a parked message. One that cannot be encoded fails, and so stays in its queue.</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="InvalidOperationException">The options have no factory of records.</exception>
    public ValueTask StoreAsync(ParkedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        StoredEventFactory events = Options.Events ?? throw new InvalidOperationException(
            $"{nameof(DeadLetterOptions)}.{nameof(DeadLetterOptions.Events)} is needed to store parked messages.");
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        EventEncoder encoder = events.Versions.EncodeTo(buffer);
        message.Accept(ref encoder);
        var ids = new EventIds
        {
            Id = message.Id,
            CorrelationId = message.CorrelationId,
            CausationId = message.CausationId,
            Details = message.Details with { OccurredAt = message.Details.OccurredAt ?? message.PublishedAt },
        };
        StoredEvent item = events.Create(encoder.Result, buffer.WrittenMemory, ids) with { Sequence = message.Sequence };
        return AddAsync(DeadLetter.For(
            item, message.Subscription, message.Attempts, message.Failure.Reason, message.Failure.Exception, message.Failure.FirstAt,
            message.Failure.LastAt));
    }

    /// <summary>Gets a letter; null if there is none.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<DeadLetter?> GetAsync(long id, CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        List<DeadLetter> letters = await Database.QueryAsync(
            "reading a dead letter", $"SELECT {DeadLetterRow.Columns} FROM dead_letters WHERE id = @id", DeadLetterRow.Read, [("id", id)],
            cancellationToken).ConfigureAwait(false);
        return letters.Count == 0 ? null : letters[0];
    }

    /// <summary>Lists letters, by number.</summary>
    /// <param name="filter">Which; null for all that are not resolved.</param>
    /// <param name="afterId">The last number of the page before; 0 for the first page.</param>
    /// <param name="limit">Letters at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        DeadLetterFilter? filter = null, long afterId = 0, int limit = 100, CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > MaxPageLength)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A page must have 1 to {MaxPageLength} letters.");
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        (string condition, List<(string, SqlValue)> values) = DeadLetterRow.Where(filter ?? new DeadLetterFilter());
        return await Database.QueryAsync(
            "listing dead letters",
            $"SELECT {DeadLetterRow.Columns} FROM dead_letters WHERE {condition} AND id > @after ORDER BY id LIMIT @limit",
            DeadLetterRow.Read, [.. values, ("after", afterId), ("limit", limit)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts letters by topic, subscription and fingerprint; the largest groups first, at most 1,000.</summary>
    /// <param name="filter">Which; null for all that are not resolved.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IReadOnlyList<DeadLetterGroup>> CountAsync(
        DeadLetterFilter? filter = null, CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        (string condition, List<(string, SqlValue)> values) = DeadLetterRow.Where(filter ?? new DeadLetterFilter());
        return await Database.QueryAsync(
            "counting dead letters",
            $"SELECT topic, subscription, fingerprint, COUNT(*) AS n FROM dead_letters WHERE {condition} "
            + $"GROUP BY topic, subscription, fingerprint ORDER BY n DESC, topic, subscription, fingerprint LIMIT {MaxPageLength}",
            static row => new DeadLetterGroup(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3)),
            [.. values], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes letters for good.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="reason">Why; goes to the log.</param>
    /// <param name="cancellationToken">Gives up before it is queued.</param>
    /// <returns>How many there were.</returns>
    public async ValueTask<int> DiscardAsync(DeadLetterFilter filter, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        (string condition, List<(string, SqlValue)> values) = DeadLetterRow.Where(filter);
        (string, SqlValue)[] all = [.. values];
        int count = await Database.WriteAsync(
            "discarding dead letters", session => session.Execute($"DELETE FROM dead_letters WHERE {condition}", all),
            cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _discarded, count);
        Notify(new DeadLetterNotice(
            DeadLetterNoticeKind.Discarded, filter.Topic ?? "", filter.Subscription ?? "", 0, $"{count} letters: {reason}"));
        return count;
    }

    /// <summary>Removes letters that are older or more than may be kept, and resolved ones whose time is over.</summary>
    /// <param name="cancellationToken">Gives up before it is queued.</param>
    /// <returns>How many letters that nobody had handled were removed.</returns>
    public async ValueTask<int> TrimAsync(CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = Database.TimeProvider.GetUtcNow();
        DateTimeOffset oldest = TimeEnds.Before(now, Options.Retention);
        DateTimeOffset oldestResolved = TimeEnds.Before(now, Options.ResolvedRetention);
        int trimmed = await Database.WriteAsync(
            "trimming dead letters", session =>
            {
                session.Execute(
                    "DELETE FROM dead_letters WHERE status = 'resolved' AND updated_at <= @end", ("end", oldestResolved));
                int old = session.Execute("DELETE FROM dead_letters WHERE status <> 'resolved' AND created_at < @end", ("end", oldest));
                return old + session.Execute(
                    "DELETE FROM dead_letters WHERE status <> 'resolved' AND id <= (SELECT id FROM dead_letters WHERE status <> 'resolved' "
                    + "ORDER BY id DESC LIMIT 1 OFFSET @count)",
                    ("count", Options.MaxCount));
            },
            cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _trimmed, trimmed);
        return trimmed;
    }

    /// <summary>What is known of them. Reads the database.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<DeadLetterStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        var groups = await Database.QueryAsync(
            "reading statistics",
            "SELECT topic, status, COUNT(*), MIN(created_at) FROM dead_letters WHERE status <> 'resolved' GROUP BY topic, status",
            static row => (Topic: row.GetString(0), Status: row.GetString(1), Count: row.GetInt64(2), Oldest: row.GetInt64(3)), [],
            cancellationToken).ConfigureAwait(false);
        long count = groups.Sum(static group => group.Count);
        TimeSpan age = count == 0
            ? TimeSpan.Zero
            : TimeSpan.FromTicks(Math.Max(0, Database.TimeProvider.GetUtcNow().UtcTicks - groups.Min(static group => group.Oldest)));
        return new DeadLetterStatistics
        {
            Count = count,
            Exhausted = groups.Where(static group => group.Status == "exhausted").Sum(static group => group.Count),
            OldestAge = age,
            CountByTopic = groups.GroupBy(static group => group.Topic)
                .ToDictionary(static topic => topic.Key, static topic => topic.Sum(static group => group.Count)),
            Added = Interlocked.Read(ref _added),
            AddFailures = Interlocked.Read(ref _addFailures),
            Delivered = Interlocked.Read(ref _delivered),
            AddedLastMinute = _addedRecently.LastMinute,
            DeliveredLastMinute = _deliveredRecently.LastMinute,
            Trimmed = Interlocked.Read(ref _trimmed),
            Discarded = Interlocked.Read(ref _discarded),
            NoticeErrors = Interlocked.Read(ref _noticeErrors),
            IsAlert = count > Options.AlertCount || age > Options.AlertAge,
        };
    }

    /// <summary>Where they are.</summary>
    public override string ToString() => $"dead letters in {Database}";

    internal EventLimits Limits { get; } = new() { MaxDataBytes = EventLimits.LargestDataBytes };

    internal void Notify(DeadLetterNoticeKind kind, DeadLetter letter, string text) =>
        Notify(new DeadLetterNotice(kind, letter.Event.EventType, letter.Subscription, letter.Failures, text));

    private void Notify(DeadLetterNotice notice)
    {
        try
        {
            Options.OnNotice?.Invoke(notice);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _noticeErrors);
        }
    }
}

/// <summary>How many letters are alike.</summary>
/// <param name="Topic">The event's name.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Fingerprint">The kind of error.</param>
/// <param name="Count">How many.</param>
public sealed record DeadLetterGroup(string Topic, string Subscription, string Fingerprint, long Count);
