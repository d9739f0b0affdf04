using Engine.Storage.Databases;

namespace Engine.Storage.Stores;

/// <summary>Removes the oldest events, a step at a time.</summary>
internal static class EventTrim
{
    public static TrimReport Step(
        SqlSession session, EventRetention retention, TypeAges ages, DateTimeOffset now, int limit, SqlDialect dialect)
    {
        (long first, long last, long bytes) = session.Query(
            "SELECT first_sequence, last_sequence, data_bytes FROM store_state WHERE id = 1" + dialect.ForUpdate,
            static row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)))[0];
        List<(long Sequence, string Type, long Bytes, long RecordedAt)> oldest = session.Query(
            "SELECT sequence, event_type, CAST(length(data) AS BIGINT), recorded_at FROM events WHERE sequence >= @first "
            + "ORDER BY sequence LIMIT @limit",
            static row => (row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3)), ("first", first), ("limit", limit));
        long end = first;
        long removedBytes = 0;
        var types = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach ((long sequence, string type, long length, long recordedAt) in oldest)
        {
            bool isKept = !(retention.UpTo >= sequence) && !(retention.MaxCount < last - sequence + 1)
                && !(retention.MaxBytes < bytes - removedBytes) && !(retention.MaxAge?.Ticks < now.UtcTicks - recordedAt)
                && !(ages.Of(type)?.Ticks < now.UtcTicks - recordedAt);
            if (isKept)
                break;
            end = sequence + 1;
            removedBytes += length;
            types[type] = types.GetValueOrDefault(type) + 1;
        }

        if (end == first)
            return new TrimReport(0, 0, first);
        session.Execute("DELETE FROM events WHERE sequence < @end", ("end", end));
        foreach ((string type, long count) in types)
            session.Execute("UPDATE event_types SET count = count - @count WHERE event_type = @type", ("count", count), ("type", type));
        session.Execute(
            "UPDATE store_state SET first_sequence = @first, data_bytes = data_bytes - @bytes, trimmed_at = @now WHERE id = 1",
            ("first", end), ("bytes", removedBytes), ("now", now));
        return new TrimReport(types.Values.Sum(), removedBytes, end);
    }
}
