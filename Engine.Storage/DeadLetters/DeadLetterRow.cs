using System.Data.Common;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>A row of the table of dead letters, from and to the record.</summary>
internal static class DeadLetterRow
{
    private static readonly Backoff Delays = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    public const string Columns =
        "id, event_id, sequence, topic, version, payload, content_type, subscription, failures, replay_count, first_failed_at, "
        + "last_failed_at, error_type, error_msg, stack, fingerprint, correlation_id, causation_id, source, key, timestamp, metadata, "
        + "status, next_attempt_at, created_at, updated_at";

    private const string UpsertSql =
        """
        INSERT INTO dead_letters(event_id, sequence, topic, version, payload, content_type, subscription, failures, first_failed_at,
            last_failed_at, error_type, error_msg, stack, fingerprint, correlation_id, causation_id, source, key, timestamp, metadata,
            status, next_attempt_at, created_at, updated_at)
        VALUES(@event, @sequence, @topic, @version, @payload, @content, @subscription, @failures, @first, @last, @type, @message, @stack,
            @fingerprint, @correlation, @causation, @source, @key, @timestamp, @metadata, 'waiting', @next, @now, @now)
        ON CONFLICT(event_id, subscription) DO UPDATE SET
            failures = CASE WHEN excluded.failures > dead_letters.failures THEN excluded.failures ELSE dead_letters.failures + 1 END,
            last_failed_at = excluded.last_failed_at, error_type = excluded.error_type, error_msg = excluded.error_msg,
            stack = excluded.stack, fingerprint = excluded.fingerprint, next_attempt_at = excluded.next_attempt_at,
            status = 'waiting', updated_at = excluded.updated_at
        """;

    private const string ImportSql =
        """
        INSERT INTO dead_letters(event_id, sequence, topic, version, payload, content_type, subscription, failures, first_failed_at,
            last_failed_at, error_type, error_msg, stack, fingerprint, correlation_id, causation_id, source, key, timestamp, metadata,
            status, next_attempt_at, created_at, updated_at, replay_count)
        VALUES(@event, @sequence, @topic, @version, @payload, @content, @subscription, @failures, @first, @last, @type, @message, @stack,
            @fingerprint, @correlation, @causation, @source, @key, @timestamp, @metadata, @status, @next, @now, @now, @replays)
        ON CONFLICT(event_id, subscription) DO NOTHING
        """;

    public static void Upsert(SqlSession session, DeadLetter letter, DateTimeOffset now) =>
        session.Execute(UpsertSql, Values(letter, now));

    /// <summary>Inserts a letter as it is, unless there is one for its event and subscription.</summary>
    public static bool TryImport(SqlSession session, DeadLetter letter, DateTimeOffset now) => session.Execute(
        ImportSql, [.. Values(letter, now), ("status", Text(letter.Status)), ("replays", letter.ReplayCount)]) == 1;

    private static (string, SqlValue)[] Values(DeadLetter letter, DateTimeOffset now)
    {
        StoredEvent item = letter.Event;
        return
        [
            ("event", item.Id), ("sequence", item.Sequence), ("topic", item.EventType), ("version", item.Version),
            ("payload", item.Data), ("content", item.ContentType), ("subscription", letter.Subscription), ("failures", letter.Failures),
            ("first", letter.FirstFailedAt), ("last", letter.LastFailedAt),
            ("type", letter.ErrorType is { } type ? ErrorText.Message(type) : null), ("message", ErrorText.Message(letter.ErrorMessage)),
            ("stack", ErrorText.Stack(letter.Stack)), ("fingerprint", ErrorText.Message(letter.Fingerprint)),
            ("correlation", item.CorrelationId), ("causation", item.CausationId), ("source", item.Source), ("key", item.Key),
            ("timestamp", item.Timestamp), ("metadata", MetadataText.Write(item.Metadata)),
            ("next", now + DelayAfter(letter.Failures)), ("now", now),
        ];
    }

    /// <summary>How long a letter waits before it is delivered again by itself.</summary>
    /// <param name="failures">Deliveries that have failed.</param>
    public static TimeSpan DelayAfter(int failures) => Delays.Additive(Math.Max(0, failures - 1), Random.Shared);

    public static DeadLetter Read(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Event = new StoredEvent
        {
            Id = row.GetGuid(1),
            Sequence = row.GetInt64(2),
            EventType = row.GetString(3),
            Version = checked((int)row.GetInt64(4)),
            Data = row.GetFieldValue<byte[]>(5),
            ContentType = row.GetString(6),
            CorrelationId = row.GetGuid(16),
            CausationId = row.GetGuid(17),
            Source = row.GetString(18),
            Key = Text(row, 19),
            Timestamp = Time(row, 20),
            Metadata = MetadataText.Read(Text(row, 21)),
        },
        Subscription = row.GetString(7),
        Failures = Count(row, 8),
        ReplayCount = Count(row, 9),
        FirstFailedAt = Time(row, 10),
        LastFailedAt = Time(row, 11),
        ErrorType = Text(row, 12),
        ErrorMessage = row.GetString(13),
        Stack = Text(row, 14),
        Fingerprint = row.GetString(15),
        Status = Status(row.GetString(22)),
        NextAttemptAt = Time(row, 23),
        CreatedAt = Time(row, 24),
        UpdatedAt = Time(row, 25),
    };

    public static string Text(DeadLetterStatus status) => status switch
    {
        DeadLetterStatus.Exhausted => "exhausted",
        DeadLetterStatus.Resolved => "resolved",
        _ => "waiting",
    };

    /// <summary>The condition for a filter, and its values.</summary>
    public static (string Condition, List<(string, SqlValue)> Values) Where(DeadLetterFilter filter)
    {
        List<string> conditions = [filter.Status is { } status ? $"status = '{Text(status)}'" : "status <> 'resolved'"];
        List<(string, SqlValue)> values = [];
        Add("topic = @topic", "topic", filter.Topic);
        Add("subscription = @subscription", "subscription", filter.Subscription);
        Add("fingerprint = @fingerprint", "fingerprint", filter.Fingerprint);
        Add("last_failed_at >= @from", "from", filter.From);
        Add("last_failed_at < @to", "to", filter.To);
        // Numbers cannot carry text of others into the statement.
        if (filter.Ids.Count > 0)
            conditions.Add($"id IN ({string.Join(", ", filter.Ids)})");
        return (string.Join(" AND ", conditions), values);

        void Add(string condition, string name, SqlValue value)
        {
            if (value.Value is null)
                return;
            conditions.Add(condition);
            values.Add((name, value));
        }
    }

    private static DeadLetterStatus Status(string text) => text switch
    {
        "exhausted" => DeadLetterStatus.Exhausted,
        "resolved" => DeadLetterStatus.Resolved,
        _ => DeadLetterStatus.Waiting,
    };

    // A letter that has come from elsewhere may have been counted up to the end.
    private static int Count(DbDataReader row, int column) => (int)Math.Min(row.GetInt64(column), int.MaxValue);

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);
}
