using System.Data.Common;
using System.Diagnostics;
using Engine.Bus;
using Engine.Events;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Outbox;

/// <summary>
/// Events that are to be published if, and only if, the transaction that adds them commits. Nothing is published by adding: an
/// <see cref="OutboxDispatcher"/> does that. All members are thread-safe; several processes may share an outbox.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class SqlOutbox
{
    private const int CleanUpStep = 1000;

    private const string InsertSql =
        """
        INSERT INTO outbox(event_id, topic, version, payload, content_type, key, next_attempt_at, correlation_id, causation_id, source,
            timestamp, metadata, created_at, updated_at)
        VALUES(@event, @topic, @version, @payload, @content, @key, @now, @correlation, @causation, @source, @timestamp,
            @metadata, @now, @now)
        """;

    private readonly StoredEventFactory? _events;
    private readonly DurationHistogram _lags = new();
    private readonly RecentCount _publishedRecently;
    private TaskCompletionSource _added = NewSignal();
    private long _noticeErrors;

    /// <summary>Makes an outbox. Opens nothing yet.</summary>
    /// <param name="database">Where its rows are: the database of the callers' own tables.</param>
    /// <param name="events">Encodes events; null where only records are added.</param>
    /// <param name="options">How it works.</param>
    public SqlOutbox(StorageDatabase database, StoredEventFactory? events = null, OutboxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        Options = options ?? new OutboxOptions();
        Options.Validate();
        Database = database;
        _events = events;
        _publishedRecently = new RecentCount(database.TimeProvider);
    }

    /// <summary>Where its rows are.</summary>
    public StorageDatabase Database { get; }

    /// <summary>How it works.</summary>
    public OutboxOptions Options { get; }

    /// <summary>Makes the tables, if they are not there: once, outside of a transaction, before the first row is added.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public Task InitializeAsync(CancellationToken cancellationToken = default) => Database.InitializeAsync(cancellationToken);

    /// <summary>Adds an event within the caller's transaction. Blocks for the statement.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="transaction">The caller's transaction, on this database.</param>
    /// <param name="event">The event.</param>
    /// <param name="ids">What else is known of it.</param>
    /// <param name="key">Events with the same key are published one after the other; null for that of the ids.</param>
    /// <returns>The record that was added.</returns>
    /// <exception cref="EventSerializationException">It cannot be encoded; nothing was written.</exception>
    /// <exception cref="EventValidationException">It breaks a rule; nothing was written.</exception>
    public StoredEvent Add<T>(DbTransaction transaction, in T @event, in EventIds ids = default, string? key = null)
        where T : IEvent<T>
    {
        StoredEvent item = Encode(@event, ids);
        return Add(transaction, key is null ? item : item with { Key = key });
    }

    /// <summary>Adds a record within the caller's transaction. Blocks for the statement.</summary>
    /// <param name="transaction">The caller's transaction, on this database.</param>
    /// <param name="event">The record.</param>
    /// <returns>The record.</returns>
    /// <exception cref="EventValidationException">It breaks a rule; nothing was written.</exception>
    public StoredEvent Add(DbTransaction transaction, StoredEvent @event)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        DbConnection connection = transaction.Connection
            ?? throw new ArgumentException("The transaction has ended.", nameof(transaction));
        return Add(connection, transaction, @event);
    }

    /// <summary>Adds a record on the caller's connection, within whatever transaction it is in. Blocks for the statement.</summary>
    /// <param name="connection">The caller's connection to this database.</param>
    /// <param name="event">The record.</param>
    /// <returns>The record.</returns>
    /// <exception cref="EventValidationException">It breaks a rule; nothing was written.</exception>
    public StoredEvent Add(DbConnection connection, StoredEvent @event)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Add(connection, null, @event);
    }

    /// <summary>Wakes the dispatchers of this process: to be called after a commit, if a poll is too long to wait for.</summary>
    public void Wake() => Interlocked.Exchange(ref _added, NewSignal()).TrySetResult();

    /// <summary>Gets a row; null if there is none.</summary>
    /// <param name="eventId">The event's id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<OutboxEntry?> GetAsync(Guid eventId, CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return (await Database.QueryAsync(
            "reading the outbox", $"SELECT {OutboxEntry.Columns} FROM outbox WHERE event_id = @id", OutboxEntry.Read, [("id", eventId)],
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();
    }

    /// <summary>
    /// Takes rows that are due, for who publishes them by itself; all rows of a key that come before one of them are published or among
    /// them.
    /// </summary>
    /// <param name="limit">Rows at most: 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up before it is queued.</param>
    public async ValueTask<OutboxLease> ClaimAsync(int limit = 100, CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > OutboxOptions.MaxBatchSize)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"Rows to be taken must be 1 to {OutboxOptions.MaxBatchSize}.");
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        var claims = new OutboxClaims(this);
        return new OutboxLease(claims, await claims.ClaimAsync(limit, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Has rows that were given up tried again, with all their attempts before them.</summary>
    /// <param name="eventId">The event's id.</param>
    /// <param name="cancellationToken">Gives up before it is queued.</param>
    /// <returns>False if there is no such row, or it was not given up.</returns>
    public async ValueTask<bool> RetryAsync(Guid eventId, CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = Database.TimeProvider.GetUtcNow();
        bool isFound = await Database.WriteAsync(
            "retrying a row of the outbox", session => session.Execute(
                "UPDATE outbox SET status = 'pending', retry_count = 0, next_attempt_at = @now, updated_at = @now "
                + "WHERE event_id = @id AND status IN ('dead', 'blocked')",
                ("now", now), ("id", eventId)) == 1,
            cancellationToken).ConfigureAwait(false);
        Wake();
        return isFound;
    }

    /// <summary>Removes rows whose time after publishing is over, in steps.</summary>
    /// <param name="cancellationToken">Stops after the step that is being made.</param>
    public async Task<int> CleanUpAsync(CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset end = TimeEnds.Before(Database.TimeProvider.GetUtcNow(), Options.ProcessedRetention);
        int removed = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int step = await Database.WriteAsync(
                "cleaning up the outbox", session => session.Execute(
                    "DELETE FROM outbox WHERE id IN "
                    + "(SELECT id FROM outbox WHERE status = 'processed' AND processed_at <= @end LIMIT @limit)",
                    ("end", end), ("limit", CleanUpStep)),
                CancellationToken.None).ConfigureAwait(false);
            removed += step;
            if (step < CleanUpStep)
                return removed;
        }
    }

    /// <summary>Lists rows, the newest first.</summary>
    /// <param name="status">What is to become of them; null for all.</param>
    /// <param name="limit">Rows at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IReadOnlyList<OutboxEntry>> ListAsync(
        OutboxStatus? status = null, int limit = 100, CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > 1000)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, "A list must have 1 to 1,000 rows.");
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        string condition = status is null ? "" : "WHERE status = @status ";
        List<(string, SqlValue)> values = [("limit", limit)];
        if (status is { } wanted)
            values.Add(("status", wanted.ToString().ToLowerInvariant()));
        return await Database.QueryAsync(
            "listing the outbox", $"SELECT {OutboxEntry.Columns} FROM outbox {condition}ORDER BY id DESC LIMIT @limit", OutboxEntry.Read,
            [.. values], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is known of the outbox. Reads the database.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<OutboxStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        var groups = await Database.QueryAsync(
            "reading statistics", "SELECT status, COUNT(*), MIN(created_at) FROM outbox GROUP BY status",
            static row => (Status: Enum.Parse<OutboxStatus>(row.GetString(0), ignoreCase: true), Count: row.GetInt64(1),
                Oldest: row.GetInt64(2)),
            [], cancellationToken).ConfigureAwait(false);
        long now = Database.TimeProvider.GetUtcNow().UtcTicks;
        long oldest = groups.Where(static group => group.Status is OutboxStatus.Pending or OutboxStatus.Processing or OutboxStatus.Failed)
            .Select(static group => group.Oldest).DefaultIfEmpty(now).Min();
        var statistics = new OutboxStatistics
        {
            CountByStatus = groups.ToDictionary(static group => group.Status, static group => group.Count),
            OldestPendingAge = TimeSpan.FromTicks(Math.Max(0, now - oldest)),
            PublishedLastMinute = _publishedRecently.LastMinute,
            Lag = DurationDistribution.Of([_lags]),
            NoticeErrors = NoticeErrorCount,
        };
        return statistics with
        {
            IsAlert = statistics.Pending > Options.AlertCount || statistics.OldestPendingAge > Options.AlertAge
                || statistics.GivenUp > 0,
        };
    }

    /// <summary>Where its rows are.</summary>
    public override string ToString() => $"outbox in {Database}";

    internal StoredEvent Encode<T>(in T @event, in EventIds ids)
        where T : IEvent<T> =>
        (_events ?? throw new InvalidOperationException("This outbox has no factory of records; add records, or make it with one."))
            .Create(@event, ids);

    /// <summary>Completes at the next <see cref="Wake"/>.</summary>
    internal Task NextWake => Volatile.Read(ref _added).Task;

    /// <summary>Adds a row within a transaction of the database's own writer.</summary>
    internal void Add(SqlSession session, StoredEvent item) => session.Execute(InsertSql, Values(item));

    internal long NoticeErrorCount => Interlocked.Read(ref _noticeErrors);

    /// <summary>Notes that rows were published.</summary>
    internal void Published(List<OutboxEntry> rows, DateTimeOffset now)
    {
        _publishedRecently.Add(rows.Count);
        foreach (OutboxEntry row in rows)
            _lags.RecordShared((long)Math.Max(0, (now - row.CreatedAt).TotalNanoseconds));
    }

    internal void Notify(OutboxNotice notice)
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

    internal void Check(StoredEvent item) =>
        EventValidation.ThrowIfInvalid([item], Database.TimeProvider.GetUtcNow(), Options.Limits);

    private StoredEvent Add(DbConnection connection, DbTransaction? transaction, StoredEvent item)
    {
        ArgumentNullException.ThrowIfNull(item, "event");
        Check(item);
        using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = InsertSql;
        SqlSession.AddParameters(command, Values(item));
        command.ExecuteNonQuery();
        return item;
    }

    private (string, SqlValue)[] Values(StoredEvent item) =>
    [
        ("event", item.Id), ("topic", item.EventType), ("version", item.Version), ("payload", item.Data), ("content", item.ContentType),
        ("key", item.Key), ("now", Database.TimeProvider.GetUtcNow()), ("correlation", item.CorrelationId),
        ("causation", item.CausationId), ("source", item.Source), ("timestamp", item.Timestamp),
        ("metadata", MetadataText.Write(item.Metadata)),
    ];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
