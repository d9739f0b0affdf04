using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>Takes what an event says out of the store, and leaves its place.</summary>
internal static class EventEraser
{
    private const string RetentionName = "retention";

    /// <summary>Erases an event that is not erased yet.</summary>
    public static void Erase(SqlSession session, StoredEvent item, DateTimeOffset at, string by, string reason)
    {
        StoredEvent erased = item with { Data = ReadOnlyMemory<byte>.Empty, Metadata = MetadataText.Read(null) };
        session.Execute(
            "UPDATE events SET data = @data, metadata = NULL, checksum = @checksum, erased_at = @at, erased_by = @by, "
            + "erased_reason = @reason WHERE sequence = @sequence",
            ("data", ReadOnlyMemory<byte>.Empty), ("checksum", EventRow.ChecksumOf(erased, null)), ("at", at), ("by", by),
            ("reason", reason), ("sequence", item.Sequence));
        session.Execute("UPDATE store_state SET data_bytes = data_bytes - @bytes WHERE id = 1", ("bytes", item.Data.Length));
        StreamAppend.Forget(session, item);
    }

    /// <summary>Erases some of the events that are older than their type may be.</summary>
    /// <param name="session">A session with a transaction.</param>
    /// <param name="ages">How old events may be.</param>
    /// <param name="now">The time.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="dialect">The database.</param>
    /// <returns>Those that were erased; fewer than the limit when there are none left.</returns>
    public static List<StoredEvent> EraseOld(SqlSession session, TypeAges ages, DateTimeOffset now, int limit, SqlDialect dialect)
    {
        // Two processes must not take the same bytes off twice.
        session.Number("SELECT id FROM store_state WHERE id = 1" + dialect.ForUpdate);
        var erased = new List<StoredEvent>();
        foreach ((string type, long since) in session.Query(
            "SELECT event_type, kept_since FROM event_types", static row => (row.GetString(0), row.GetInt64(1))))
        {
            if (ages.Of(type) is not { } age || erased.Count == limit)
                continue;
            long before = Math.Max(0, now.UtcTicks - age.Ticks);
            if (before <= since)
                continue;
            int wanted = limit - erased.Count;
            List<StoredEvent> old = session.Query(
                $"SELECT {EventRow.ErasedColumns} FROM events WHERE event_type = @type AND recorded_at >= @since AND recorded_at < @before "
                + "AND erased_at IS NULL ORDER BY recorded_at, sequence LIMIT @limit",
                EventRow.ReadToErase, ("type", type), ("since", since), ("before", before), ("limit", wanted));
            foreach (StoredEvent item in old)
                Erase(session, item, now, RetentionName, $"older than {age}");
            // So that what is erased is not looked through the next time.
            session.Execute(
                "UPDATE event_types SET kept_since = @since WHERE event_type = @type",
                ("since", old.Count < wanted ? before : old[^1].RecordedAt.UtcTicks), ("type", type));
            erased.AddRange(old);
        }

        return erased;
    }
}
