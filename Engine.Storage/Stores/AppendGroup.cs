using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>
/// What a transaction appends: takes the next places from the one row that counts them, which stays locked until the commit. So places
/// are without holes and in the order of commits, also between processes.
/// </summary>
internal sealed class AppendGroup : IGroupState
{
    private readonly SqlEventStore _store;
    private readonly List<StoredEvent> _appended = [];
    private readonly Dictionary<string, long> _types = [];
    private readonly long _recordedTicks;
    private readonly long _firstNew;
    private readonly string _epoch;
    private long _last;
    private long _bytes;

    public AppendGroup(SqlEventStore store, SqlSession session)
    {
        _store = store;
        (_last, long recorded, _epoch) = session.Query(
            "SELECT last_sequence, last_recorded_at, epoch FROM store_state WHERE id = 1" + store.Database.Dialect.ForUpdate,
            static row => (row.GetInt64(0), row.GetInt64(1), row.GetString(2)))[0];
        _firstNew = _last + 1;
        _recordedTicks = Math.Max(recorded, store.Database.TimeProvider.GetUtcNow().UtcTicks);
    }

    public AppendResult Append(SqlSession session, StoredEvent item) =>
        TryPlace(session, item with { Stream = null, StreamVersion = 0 }, out long sequence)
            ? new AppendResult(AppendOutcome.Stored, sequence)
            : new AppendResult(AppendOutcome.Duplicate, FindSame(session, item).Sequence);

    /// <summary>Gives an event the next place, unless its id is there.</summary>
    public bool TryPlace(SqlSession session, StoredEvent item, out long sequence)
    {
        StoredEvent placed = item with
        {
            Sequence = _last + 1,
            RecordedAt = new DateTimeOffset(_recordedTicks, TimeSpan.Zero),
            Erasure = null,
        };
        sequence = placed.Sequence;
        if (!EventRow.TryInsert(session, placed))
            return false;
        _last++;
        _bytes += placed.Data.Length;
        _types[placed.EventType] = _types.GetValueOrDefault(placed.EventType) + 1;
        _appended.Add(placed);
        return true;
    }

    public void Flush(SqlSession session)
    {
        if (_appended.Count == 0)
            return;
        foreach ((string type, long count) in _types.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            session.Execute(
                "INSERT INTO event_types(event_type, count) VALUES(@type, @count) "
                + "ON CONFLICT(event_type) DO UPDATE SET count = event_types.count + excluded.count",
                ("type", type), ("count", count));
        }

        session.Execute(
            "UPDATE store_state SET last_sequence = @last, last_recorded_at = @recorded, data_bytes = data_bytes + @bytes WHERE id = 1",
            ("last", _last), ("recorded", _recordedTicks), ("bytes", _bytes));
        if (_store.Database.Dialect.Notify is { } notify)
            session.Query(notify, static _ => 0, ("epoch", _epoch));
    }

    public void Committed()
    {
        if (_last >= _firstNew)
            _store.Appended(_appended, _last);
    }

    /// <summary>The event in the store that has the id of another one.</summary>
    /// <exception cref="EventConflictException">It has another content.</exception>
    public static StoredEvent FindSame(SqlSession session, StoredEvent item)
    {
        StoredEvent existing = session.Query(
            $"SELECT {EventRow.Columns} FROM events WHERE id = @id", EventRow.Read, ("id", item.Id))[0];
        return existing.IsErased || existing.HasSameContentAs(item)
            ? existing : throw new EventConflictException(item.Id, existing.Sequence);
    }
}
