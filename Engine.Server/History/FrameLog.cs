using Engine.Gateway.Events;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Server.History;

/// <summary>
/// The events of one kind of traffic, in an event store of their own, so that they can be kept for a time of their own. Places are the
/// store's, sequences are the gateway's; both grow together. One writer, many readers.
/// </summary>
internal sealed class FrameLog : IAsyncDisposable
{
    private const int MaxHints = 1024;

    private readonly StorageDatabase _database;
    private readonly SqlEventStore _store;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _hints = [];
    private long _firstPlace;
    private long _lastPlace;
    private long _firstSequence;
    private long _lastSequence;
    private long _trimmedTo;

    private FrameLog(EventTraffic traffic, StorageDatabase database, SqlEventStore store)
    {
        Traffic = traffic;
        _database = database;
        _store = store;
    }

    public EventTraffic Traffic { get; }

    /// <summary>Which store it is.</summary>
    public string Epoch { get; private set; } = "";

    /// <summary>The oldest event; <see cref="long.MaxValue"/> if there is none.</summary>
    public long FirstSequence => Volatile.Read(ref _firstSequence);

    /// <summary>The newest event that was ever appended; 0 where none is known.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Events up to this one may have been trimmed; 0 if none was.</summary>
    public long TrimmedTo => Volatile.Read(ref _trimmedTo);

    /// <summary>When the newest event was recorded, as it was when the log was opened.</summary>
    public DateTimeOffset LastRecorded { get; private set; }

    /// <exception cref="StorageException">The file cannot be opened.</exception>
    public static async Task<FrameLog> OpenAsync(
        EventTraffic traffic, string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        StorageDatabase database = StorageDatabase.Sqlite(path, new DatabaseOptions { TimeProvider = timeProvider });
        var log = new FrameLog(
            traffic, database, new SqlEventStore(database, new EventStoreOptions { Limits = FrameRecords.Limits, CacheCount = 0 }));
        try
        {
            await log.LoadAsync(cancellationToken).ConfigureAwait(false);
            return log;
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Appends records in order; those that are there already are left alone.</summary>
    public async ValueTask AppendAsync(IReadOnlyList<StoredEvent> records)
    {
        IReadOnlyList<AppendResult> results = await _store.AppendAsync(records).ConfigureAwait(false);
        lock (_lock)
        {
            if (FirstSequence == long.MaxValue)
                Volatile.Write(ref _firstSequence, FrameRecords.SequenceOf(records[0]));
            Volatile.Write(ref _lastSequence, FrameRecords.SequenceOf(records[^1]));
            Volatile.Write(ref _lastPlace, results[^1].Sequence);
        }
    }

    /// <summary>A page of records from a place on.</summary>
    public async ValueTask<IReadOnlyList<StoredEvent>> ReadAsync(
        long place, EventFilter? filter, int limit, CancellationToken cancellationToken) =>
        (await _store.ReadPageAsync(place, filter, ReadDirection.Forward, limit, cancellationToken).ConfigureAwait(false)).Events;

    /// <summary>Records from a sequence on, going back.</summary>
    public async IAsyncEnumerable<StoredEvent> ReadBackAsync(
        long fromSequence, EventFilter? filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Not from a hint: those may lie before events that a filter has left out.
        long place = await FindPlaceAsync(record => FrameRecords.SequenceOf(record) > fromSequence, cancellationToken)
            .ConfigureAwait(false) - 1;
        if (place < 1)
            yield break;
        await foreach (StoredEvent record in _store.ReadAsync(place, filter, ReadDirection.Backward, cancellationToken)
            .ConfigureAwait(false))
            yield return record;
    }

    /// <summary>A place behind which all events with greater sequences are, and not many others.</summary>
    public ValueTask<long> PlaceBehindAsync(long sequence, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_hints.TryGetValue(sequence, out long place))
                return new(place);
        }

        return FindPlaceAsync(record => FrameRecords.SequenceOf(record) > sequence, cancellationToken);
    }

    /// <summary>The newest event that was recorded before a time; 0 if none was.</summary>
    public async ValueTask<long> FindBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        long place = await FindPlaceAsync(record => record.Timestamp >= time, cancellationToken).ConfigureAwait(false);
        StoredEvent? before = place > 1
            ? await _store.GetBySequenceAsync(place - 1, cancellationToken).ConfigureAwait(false)
            : null;
        return before is null ? 0 : FrameRecords.SequenceOf(before);
    }

    /// <summary>Remembers where to go on behind a sequence.</summary>
    public void Remember(long sequence, long place)
    {
        lock (_lock)
        {
            if (_hints.Count >= MaxHints)
                _hints.Clear();
            _hints[sequence] = place;
        }
    }

    /// <summary>Removes the oldest events.</summary>
    public async Task<TrimReport> TrimAsync(EventRetention retention, CancellationToken cancellationToken)
    {
        TrimReport report = await _store.TrimAsync(retention, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _firstPlace, report.FirstSequence);
        await LookAtFirstAsync(LastSequence, cancellationToken).ConfigureAwait(false);
        return report;
    }

    /// <summary>Bytes of events.</summary>
    public async ValueTask<long> ReadBytesAsync(CancellationToken cancellationToken) =>
        (await _store.GetStatisticsAsync(cancellationToken).ConfigureAwait(false)).DataBytes;

    /// <summary>Says which events came last of all, for a log that has none left.</summary>
    public ValueTask ContinueFromAsync(long lastOfAll, CancellationToken cancellationToken) =>
        LookAtFirstAsync(Math.Max(lastOfAll, LastSequence), cancellationToken);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        EventStoreStatistics statistics = await _store.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
        Epoch = statistics.Epoch;
        _firstPlace = statistics.FirstSequence;
        _lastPlace = statistics.LastSequence;
        if (await _store.GetBySequenceAsync(_lastPlace, cancellationToken).ConfigureAwait(false) is { } last)
        {
            _lastSequence = FrameRecords.SequenceOf(last);
            LastRecorded = last.Timestamp;
        }
    }

    private async ValueTask LookAtFirstAsync(long lastSequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            long place = Volatile.Read(ref _firstPlace);
            StoredEvent? first = await _store.GetBySequenceAsync(place, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                // One was appended meanwhile.
                if (first is null && _lastPlace >= place)
                    continue;
                long sequence = first is null ? long.MaxValue : FrameRecords.SequenceOf(first);
                Volatile.Write(ref _firstSequence, sequence);
                // Place 1 is there as long as nothing was trimmed. A log that has no event left knows only what it was told, and keeps it.
                if (place > 1)
                {
                    long trimmedTo = first is null ? Math.Max(lastSequence, _lastSequence) : sequence - 1;
                    Volatile.Write(ref _trimmedTo, Math.Max(_trimmedTo, trimmedTo));
                }

                return;
            }
        }
    }

    private async ValueTask<long> FindPlaceAsync(Func<StoredEvent, bool> isBehind, CancellationToken cancellationToken)
    {
        long low = Volatile.Read(ref _firstPlace);
        long high = Volatile.Read(ref _lastPlace) + 1;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            // What is trimmed meanwhile is older than all that is left.
            if (await _store.GetBySequenceAsync(middle, cancellationToken).ConfigureAwait(false) is { } record && isBehind(record))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
