using System.Globalization;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>Reads pages of events. What was committed meanwhile is behind the tail that the page names.</summary>
internal static class EventQuery
{
    public static async ValueTask<EventPage> ReadPageAsync(
        SqlSession session, long fromSequence, EventFilter? filter, ReadDirection direction, int limit, CancellationToken cancellationToken)
    {
        // The tail first, then the names, then the events: so all events up to the tail have their names among these.
        (long first, long tail) = (await session.QueryAsync(
            "SELECT first_sequence, last_sequence FROM store_state WHERE id = 1",
            static row => (row.GetInt64(0), row.GetInt64(1)), [], cancellationToken).ConfigureAwait(false))[0];
        List<string>? types = filter is { EventTypes.Count: > 0 }
            ? await NamesAsync(session, filter, cancellationToken).ConfigureAwait(false) : null;
        bool isForward = direction == ReadDirection.Forward;
        SequenceGap? gap = isForward && fromSequence < first && fromSequence >= 1 ? new SequenceGap(fromSequence, first - 1) : null;
        // Recorded time never goes back, so a time is a place; to compare times would look at every event before it.
        long lower = Math.Max(first, await FirstSinceAsync(session, filter?.From, 1, tail, cancellationToken).ConfigureAwait(false));
        long upper = Math.Min(
            tail, await FirstSinceAsync(session, filter?.To, tail + 1, tail, cancellationToken).ConfigureAwait(false) - 1);
        long start = isForward ? Math.Max(fromSequence, first) : Math.Min(fromSequence, tail);
        (lower, upper) = isForward ? (Math.Max(lower, start), upper) : (lower, Math.Min(upper, start));
        List<StoredEvent> events = types is { Count: 0 } || lower > upper
            ? []
            : await SelectAsync(session, lower, upper, filter, types, isForward, limit, cancellationToken).ConfigureAwait(false);
        long end = events.Count == limit ? events[^1].Sequence : isForward ? Math.Max(tail, start - 1) : 0;
        // What was trimmed since the first look was there for nobody, and is told of as what was trimmed before.
        if (isForward && lower <= upper && await FirstAsync(session, cancellationToken).ConfigureAwait(false) is var now && now > start)
        {
            events.RemoveAll(item => item.Sequence < now);
            gap = new SequenceGap(gap?.From ?? start, now - 1);
            end = Math.Max(end, now - 1);
        }

        return new EventPage(events, isForward ? end + 1 : Math.Max(0, end - 1), tail, gap);
    }

    private static async ValueTask<long> FirstAsync(SqlSession session, CancellationToken cancellationToken) => (await session.QueryAsync(
        "SELECT first_sequence FROM store_state WHERE id = 1", static row => row.GetInt64(0), [], cancellationToken)
        .ConfigureAwait(false))[0];

    /// <summary>
    /// The first place whose recorded time is not before a time, or behind the tail if there is none; another one where no time is given.
    /// </summary>
    private static async ValueTask<long> FirstSinceAsync(
        SqlSession session, DateTimeOffset? time, long otherwise, long tail, CancellationToken cancellationToken)
    {
        if (time is not { } since)
            return otherwise;
        List<long> found = await session.QueryAsync(
            "SELECT sequence FROM events WHERE recorded_at >= @since ORDER BY recorded_at, sequence LIMIT 1", static row => row.GetInt64(0),
            [("since", since)], cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? tail + 1 : found[0];
    }

    private static async ValueTask<List<string>> NamesAsync(SqlSession session, EventFilter filter, CancellationToken cancellationToken)
    {
        List<string> all = await session.QueryAsync(
            "SELECT event_type FROM event_types", static row => row.GetString(0), [], cancellationToken).ConfigureAwait(false);
        return [.. all.Where(filter.TakesType)];
    }

    private static ValueTask<List<StoredEvent>> SelectAsync(
        SqlSession session, long lower, long upper, EventFilter? filter, List<string>? types, bool isForward, int limit,
        CancellationToken cancellationToken)
    {
        List<string> conditions = ["sequence >= @lower AND sequence <= @upper"];
        List<(string, SqlValue)> values = [("lower", lower), ("upper", upper)];
        if (types is not null)
        {
            // As many places as a power of two, so that few different statements have to be prepared.
            int places = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)types.Count);
            string[] names = [.. Enumerable.Range(0, places).Select(static i => "t" + i.ToString(CultureInfo.InvariantCulture))];
            conditions.Add($"event_type IN ({string.Join(", ", names.Select(static name => "@" + name))})");
            values.AddRange(names.Select((name, i) => (name, (SqlValue)types[Math.Min(i, types.Count - 1)])));
        }

        Add("key = @key", "key", filter?.Key);
        Add("source = @source", "source", filter?.Source);
        if (filter?.CorrelationId is { } correlation)
            Add("correlation_id = @correlation", "correlation", correlation);
        values.Add(("limit", limit));
        return session.QueryAsync(
            $"SELECT {EventRow.Columns} FROM events WHERE {string.Join(" AND ", conditions)} "
            + $"ORDER BY sequence {(isForward ? "ASC" : "DESC")} LIMIT @limit",
            EventRow.Read, [.. values], cancellationToken);

        void Add(string condition, string name, SqlValue value)
        {
            if (value.Value is null)
                return;
            conditions.Add(condition);
            values.Add((name, value));
        }
    }
}
