using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>Streams of an event store: statements that run on the writing thread, behind the lock that gives out places.</summary>
internal static class StreamAppend
{
    private const string StreamColumns = "stream, version, erasures, deleted_at, deleted_by, deleted_reason";

    public static StreamAppendResult Append(
        SqlSession session, AppendGroup group, string stream, ExpectedVersion expected, StoredEvent[] events)
    {
        // A repetition of an append that was made is none that comes too late.
        if (FindDuplicate(session, stream, events) is { } duplicate)
            return duplicate;
        EventStream? known = Find(session, stream);
        long version = known?.Version ?? 0;
        if (known is { IsDeleted: true })
            return new StreamAppendResult(StreamAppendOutcome.Deleted, version, []);
        if (!expected.Takes(version))
            return new StreamAppendResult(StreamAppendOutcome.Conflict, version, []);
        long[] sequences = new long[events.Length];
        for (int i = 0; i < events.Length; i++)
        {
            StoredEvent item = events[i] with { Stream = stream, StreamVersion = version + 1 };
            if (!group.TryPlace(session, item, out sequences[i]))
                throw new EventConflictException(item.Id, AppendGroup.FindSame(session, item).Sequence);
            version++;
        }

        session.Execute(
            "INSERT INTO streams(stream, version) VALUES(@stream, @version) "
            + "ON CONFLICT(stream) DO UPDATE SET version = excluded.version",
            ("stream", stream), ("version", version));
        return new StreamAppendResult(StreamAppendOutcome.Appended, version, sequences);
    }

    public static EventStream? Find(SqlSession session, string stream)
    {
        List<EventStream> found = session.Query(
            $"SELECT {StreamColumns} FROM streams WHERE stream = @stream", Read, ("stream", stream));
        return found.Count == 0 ? null : found[0];
    }

    public static async ValueTask<EventStream?> FindAsync(SqlSession session, string stream, CancellationToken cancellationToken)
    {
        List<EventStream> found = await session.QueryAsync(
            $"SELECT {StreamColumns} FROM streams WHERE stream = @stream", Read, [("stream", stream)], cancellationToken)
            .ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>Reads a page: the stream first, so that the page ends where the stream ended then.</summary>
    public static async ValueTask<StreamPage> ReadPageAsync(
        SqlSession session, string stream, long fromVersion, int limit, CancellationToken cancellationToken)
    {
        EventStream known = await FindAsync(session, stream, cancellationToken).ConfigureAwait(false)
            ?? new EventStream(stream, 0, 0, null);
        List<StoredEvent> events = await session.QueryAsync(
            $"SELECT {EventRow.Columns} FROM events WHERE stream = @stream AND stream_version >= @from AND stream_version <= @to "
            + "ORDER BY stream_version LIMIT @limit",
            EventRow.Read, [("stream", stream), ("from", fromVersion), ("to", known.Version), ("limit", limit)], cancellationToken)
            .ConfigureAwait(false);
        long next = events.Count == 0 ? Math.Max(fromVersion, known.Version + 1) : events[^1].StreamVersion + 1;
        long first = events.Count == 0 ? next : events[0].StreamVersion;
        return new StreamPage(
            events, known, next, first > fromVersion && fromVersion <= known.Version ? new SequenceGap(fromVersion, first - 1) : null);
    }

    public static ValueTask<List<EventStream>> ListAsync(
        SqlSession session, string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {StreamColumns} FROM streams WHERE stream >= @prefix AND stream > @after "
            + "AND substr(stream, 1, CAST(@length AS INTEGER)) = @prefix "
            + "ORDER BY stream LIMIT @limit",
            Read, [("prefix", prefix), ("after", after ?? ""), ("length", CodePoints(prefix)), ("limit", limit)], cancellationToken);

    /// <summary>Closes a stream for good; its snapshots go with it.</summary>
    public static EraseOutcome Delete(SqlSession session, string stream, string by, string reason, DateTimeOffset now)
    {
        if (Find(session, stream) is not { } known)
            return EraseOutcome.NotFound;
        session.Execute("DELETE FROM snapshots WHERE stream = @stream", ("stream", stream));
        if (known.IsDeleted)
            return EraseOutcome.AlreadyErased;
        session.Execute(
            "UPDATE streams SET deleted_at = @at, deleted_by = @by, deleted_reason = @reason, erasures = erasures + 1 "
            + "WHERE stream = @stream",
            ("at", now), ("by", by), ("reason", reason), ("stream", stream));
        return EraseOutcome.ErasedPendingCleanUp;
    }

    /// <summary>Ids of events of a stream that still have their data.</summary>
    public static List<Guid> NotErased(SqlSession session, string stream, int limit) => session.Query(
        "SELECT id FROM events WHERE stream = @stream AND erased_at IS NULL ORDER BY stream_version LIMIT @limit",
        static row => row.GetGuid(0), ("stream", stream), ("limit", limit));

    /// <summary>What was derived from an event that is erased must not outlive it.</summary>
    public static void Forget(SqlSession session, StoredEvent erased)
    {
        if (erased.Stream is null)
            return;
        session.Execute("UPDATE streams SET erasures = erasures + 1 WHERE stream = @stream", ("stream", erased.Stream));
        session.Execute(
            "DELETE FROM snapshots WHERE stream = @stream AND version >= @version",
            ("stream", erased.Stream), ("version", erased.StreamVersion));
    }

    private static StreamAppendResult? FindDuplicate(SqlSession session, string stream, StoredEvent[] events)
    {
        if (session.Number("SELECT COUNT(*) FROM events WHERE id = @id", ("id", events[0].Id)) == 0)
            return null;
        StoredEvent[] there = new StoredEvent[events.Length];
        for (int i = 0; i < events.Length; i++)
        {
            if (session.Number("SELECT COUNT(*) FROM events WHERE id = @id", ("id", events[i].Id)) == 0)
                throw new EventConflictException(events[0].Id, there[0].Sequence);
            there[i] = AppendGroup.FindSame(session, events[i]);
            if (there[i].Stream != stream || there[i].StreamVersion != there[0].StreamVersion + i)
                throw new EventConflictException(events[i].Id, there[i].Sequence);
        }

        return new StreamAppendResult(
            StreamAppendOutcome.Duplicate, there[^1].StreamVersion, Array.ConvertAll(there, static item => item.Sequence));
    }

    private static EventStream Read(System.Data.Common.DbDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetInt64(2),
        row.IsDBNull(3) ? null : new EventErasure(
            new DateTimeOffset(row.GetInt64(3), TimeSpan.Zero), row.GetString(4), row.GetString(5)));

    private static int CodePoints(string text) => text.EnumerateRunes().Count();
}
