using System.Diagnostics;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>
/// An event store in a database. Appends of all callers are committed in groups by the database's one writing thread, so the order of
/// commits is the order of places. The caller disposes of the database.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class SqlEventStore : IEventStore
{
    private const int TrimStep = 1000;
    private const int EraseStep = 200;

    private readonly EventStoreOptions _options;
    private readonly EventCache _cache;
    private readonly DurationHistogram _durations = new();
    private readonly TailSignal _tail;
    private int _isListening;

    /// <summary>Makes a store. Opens nothing yet.</summary>
    /// <param name="database">Where the events are.</param>
    /// <param name="options">How the store works.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public SqlEventStore(StorageDatabase database, EventStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        _options = options ?? new EventStoreOptions();
        _options.Validate();
        Database = database;
        _cache = new EventCache(_options.CacheCount, _options.CacheBytes);
        _tail = new TailSignal(_options.PollInterval, database.TimeProvider, ReadTailAsync);
    }

    /// <summary>Where the events are.</summary>
    public StorageDatabase Database { get; }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken = default) => Database.InitializeAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(StoredEvent @event, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return (await AppendAsync([@event], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<AppendResult>> AppendAsync(
        IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        StoredEvent[] copy = [.. events];
        if (copy.Length == 0)
            throw new ArgumentException("A batch to be stored needs at least one event; got none.", nameof(events));
        EventValidation.ThrowIfInvalid(copy, Database.TimeProvider.GetUtcNow(), _options.Limits);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        AppendResult[] results = await Database.WriteAsync(
            "appending events", session => Append(session, copy), cancellationToken).ConfigureAwait(false);
        _durations.RecordShared((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        return results;
    }

    /// <inheritdoc/>
    public async ValueTask<StoredEvent?> GetAsync(Guid id, CancellationToken cancellationToken = default)
    {
        if (_cache.Find(id, out long ticket) is { } cached)
            return cached;
        List<StoredEvent> rows = await QueryAsync("id = @id", [("id", id)], cancellationToken).ConfigureAwait(false);
        if (rows.Count == 0)
            return null;
        _cache.AddRead(rows[0], ticket);
        return rows[0];
    }

    /// <inheritdoc/>
    public async ValueTask<StoredEvent?> GetBySequenceAsync(long sequence, CancellationToken cancellationToken = default)
    {
        List<StoredEvent> rows = await QueryAsync(
            "sequence = @sequence", [("sequence", sequence)], cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <inheritdoc/>
    public async ValueTask<EventPage> ReadPageAsync(
        long fromSequence, EventFilter? filter = null, ReadDirection direction = ReadDirection.Forward, int limit = EventPage.MaxLimit,
        CancellationToken cancellationToken = default)
    {
        CheckPage(limit);
        filter?.Validate();
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.ReadAsync(
            "reading a page",
            (session, token) => EventQuery.ReadPageAsync(session, fromSequence, filter, direction, limit, token),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<EraseOutcome> DeleteAsync(Guid id, string by, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        EraseOutcome outcome = await Database.WriteAsync(
            "erasing an event", session => Erase(session, id, by, reason), cancellationToken).ConfigureAwait(false);
        _cache.Remove(id);
        return outcome == EraseOutcome.ErasedPendingCleanUp ? await ScrubAsync().ConfigureAwait(false) : outcome;
    }

    /// <inheritdoc/>
    public async Task<TrimReport> TrimAsync(EventRetention retention, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(retention);
        retention.Validate();
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        var ages = new TypeAges(retention.ByType);
        DateTimeOffset now = Database.TimeProvider.GetUtcNow();
        var report = new TrimReport(0, 0, 0);
        TrimReport step;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            step = await Database.WriteAsync(
                "trimming events", session => EventTrim.Step(session, retention, ages, now, TrimStep, Database.Dialect),
                CancellationToken.None).ConfigureAwait(false);
            _cache.RemoveBefore(step.FirstSequence);
            report = new TrimReport(report.Events + step.Events, report.Bytes + step.Bytes, step.FirstSequence);
        }
        while (step.Events == TrimStep);
        return ages.IsEmpty ? report : report with { Erased = await EraseOldAsync(ages, now, cancellationToken).ConfigureAwait(false) };
    }

    /// <inheritdoc/>
    public async ValueTask<EventStoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        var state = (await Database.QueryAsync(
            "reading statistics", "SELECT first_sequence, last_sequence, data_bytes, trimmed_at, epoch FROM store_state WHERE id = 1",
            static row => (First: row.GetInt64(0), Last: row.GetInt64(1), Bytes: row.GetInt64(2),
                Trimmed: row.IsDBNull(3) ? (long?)null : row.GetInt64(3), Epoch: row.GetString(4)),
            [], cancellationToken).ConfigureAwait(false))[0];
        List<(string Name, long Count)> types = await Database.QueryAsync(
            "reading statistics", "SELECT event_type, count FROM event_types",
            static row => (row.GetString(0), row.GetInt64(1)), [], cancellationToken).ConfigureAwait(false);
        (long hits, long misses, int count, long bytes) = _cache.Statistics;
        return new EventStoreStatistics
        {
            FirstSequence = state.First,
            LastSequence = state.Last,
            DataBytes = state.Bytes,
            CountByType = types.Where(static type => type.Count > 0).ToDictionary(static type => type.Name, static type => type.Count),
            CacheHits = hits,
            CacheMisses = misses,
            CachedCount = count,
            CachedBytes = bytes,
            ReadersInUse = Database.ReadersInUse,
            ReadersWaiting = Database.ReadersWaiting,
            PendingWrites = Database.PendingWrites,
            AppendDuration = DurationDistribution.Of([_durations]),
            LastTrimmedAt = state.Trimmed is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
            Epoch = state.Epoch,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<long> WaitForTailAsync(long sequence, CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        await ListenAsync(cancellationToken).ConfigureAwait(false);
        return await _tail.WaitAsync(sequence, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where the events are.</summary>
    public override string ToString() => $"events in {Database}";

    /// <summary>Appends within a transaction that is to be committed by its owner.</summary>
    internal AppendResult[] Append(SqlSession session, StoredEvent[] events)
    {
        AppendGroup group = session.State(this, opened => new AppendGroup(this, opened));
        return Array.ConvertAll(events, item => group.Append(session, item));
    }

    /// <summary>Called on the writing thread when events are durable.</summary>
    internal void Appended(List<StoredEvent> events, long tail)
    {
        foreach (StoredEvent item in events)
            _cache.Add(item);
        _tail.Advance(tail);
    }

    private async ValueTask<List<StoredEvent>> QueryAsync(
        string condition, (string, SqlValue)[] values, CancellationToken cancellationToken)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.QueryAsync(
            "reading an event", $"SELECT {EventRow.Columns} FROM events WHERE {condition}", EventRow.Read, values,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins to listen, before the first look at the tail; who cannot listen polls.</summary>
    private async ValueTask ListenAsync(CancellationToken cancellationToken)
    {
        if (Database.Dialect.Notify is null || Interlocked.Exchange(ref _isListening, 1) != 0)
            return;
        try
        {
            string epoch = (await Database.QueryAsync(
                "reading the epoch", "SELECT epoch FROM store_state WHERE id = 1", static row => row.GetString(0), [], cancellationToken)
                .ConfigureAwait(false))[0];
            await Database.ListenAsync(
                news =>
                {
                    if (news is null || news == epoch)
                        _tail.Wake();
                },
                cancellationToken).ConfigureAwait(false);
            _tail.Wake();
        }
        catch (Exception error) when (error is System.Data.Common.DbException or IOException or StorageException
            or OperationCanceledException or InvalidOperationException)
        {
            // The next who waits tries again; this one polls.
            Volatile.Write(ref _isListening, 0);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<long> ReadTailAsync(CancellationToken cancellationToken) =>
        (await Database.QueryAsync(
            "looking for new events", "SELECT last_sequence FROM store_state WHERE id = 1", static row => row.GetInt64(0), [],
            cancellationToken).ConfigureAwait(false))[0];

    private async Task<long> EraseOldAsync(TypeAges ages, DateTimeOffset now, CancellationToken cancellationToken)
    {
        long count = 0;
        List<StoredEvent> step;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            step = await Database.WriteAsync(
                "erasing events by their types", session => EventEraser.EraseOld(session, ages, now, EraseStep, Database.Dialect),
                CancellationToken.None).ConfigureAwait(false);
            foreach (StoredEvent item in step)
                _cache.Remove(item.Id);
            count += step.Count;
        }
        while (step.Count == EraseStep);
        // Where it cannot be done at once, the next checkpoint of the log does it.
        if (count > 0)
            await Task.Run(Database.TryScrub, CancellationToken.None).ConfigureAwait(false);
        return count;
    }

    private EraseOutcome Erase(SqlSession session, Guid id, string by, string reason)
    {
        List<StoredEvent> found = session.Query(
            $"SELECT {EventRow.ErasedColumns} FROM events WHERE id = @id", EventRow.ReadToErase, ("id", id));
        if (found.Count == 0)
            return EraseOutcome.NotFound;
        if (found[0].IsErased)
            return EraseOutcome.AlreadyErased;
        EventEraser.Erase(session, found[0], Database.TimeProvider.GetUtcNow(), by, reason);
        return EraseOutcome.ErasedPendingCleanUp;
    }
}
