using System.Globalization;
using System.Numerics;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;

namespace Engine.Storage.Outbox;

/// <summary>
/// Rows that one dispatcher has for itself. All rows of a key that are older than one that is taken are either published or taken with
/// it, so no two dispatchers have rows of the same key.
/// </summary>
internal sealed class OutboxClaims(SqlOutbox outbox)
{
    // A row of the key that is older and cannot be taken holds up this one: another has it, its time has not come, or it blocks. Those are
    // few, and each kind has an index of its own; to look for one before each row that waits would take the square of their number.
    internal const string ClaimSql =
        $"""
        WITH held AS MATERIALIZED (
            SELECT key AS held_key, MIN(id) AS first_id FROM (
                SELECT key, id FROM outbox WHERE lease_owner IS NOT NULL AND lease_until > @now
                UNION ALL SELECT key, id FROM outbox WHERE status IN ('pending', 'processing', 'failed') AND next_attempt_at > @now
                UNION ALL SELECT key, id FROM outbox WHERE status = 'blocked') AS holding
            WHERE key IS NOT NULL GROUP BY key)
        SELECT {OutboxEntry.Columns} FROM outbox LEFT JOIN held ON held_key = key AND first_id < id
        WHERE status IN ('pending', 'processing', 'failed') AND next_attempt_at <= @now AND (lease_until IS NULL OR lease_until <= @now)
            AND held_key IS NULL
        ORDER BY id LIMIT @limit
        """;

    private const string OwnedSql = "lease_owner = @owner AND status = 'processing' AND ";

    private readonly StorageDatabase _database = outbox.Database;
    private readonly string _owner = ProcessIdentity.NewOwner();

    /// <summary>Takes rows that are due, in order.</summary>
    public ValueTask<List<OutboxEntry>> ClaimAsync(CancellationToken cancellationToken) =>
        ClaimAsync(outbox.Options.BatchSize, cancellationToken);

    /// <inheritdoc cref="ClaimAsync(CancellationToken)"/>
    public ValueTask<List<OutboxEntry>> ClaimAsync(int limit, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _database.TimeProvider.GetUtcNow();
        return _database.WriteAsync(
            "claiming rows of the outbox", session =>
            {
                _database.Dialect.LockClaims(session);
                ProcessIdentity.EndLeasesOfTheGone(session, "outbox", now);
                List<OutboxEntry> rows = session.Query(ClaimSql, OutboxEntry.Read, ("now", now), ("limit", limit));
                ExecuteFor(
                    session, "UPDATE outbox SET status = 'processing', lease_owner = @owner, lease_until = @until WHERE ", rows,
                    ("owner", _owner), ("until", now + outbox.Options.Lease));
                return rows;
            },
            cancellationToken);
    }

    /// <summary>Takes one row, if nobody has it and no older row of its key is left.</summary>
    public ValueTask<bool> TryClaimAsync(Guid eventId, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _database.TimeProvider.GetUtcNow();
        return _database.WriteAsync(
            "claiming a row of the outbox", session =>
            {
                _database.Dialect.LockClaims(session);
                return session.Execute(
                    "UPDATE outbox SET status = 'processing', lease_owner = @owner, lease_until = @until "
                    + "WHERE event_id = @id AND status IN ('pending', 'processing', 'failed') "
                    + "AND (lease_until IS NULL OR lease_until <= @now) "
                    + "AND (key IS NULL OR NOT EXISTS (SELECT 1 FROM outbox AS p WHERE p.key = outbox.key AND p.id < outbox.id "
                    + "AND p.status IN ('pending', 'processing', 'failed', 'blocked')))",
                    ("owner", _owner), ("until", now + outbox.Options.Lease), ("id", eventId), ("now", now)) == 1;
            },
            cancellationToken);
    }

    /// <summary>Marks rows as published, in order, or deletes them.</summary>
    public async ValueTask<int> CompleteAsync(List<OutboxEntry> rows)
    {
        DateTimeOffset now = _database.TimeProvider.GetUtcNow();
        bool isKept = outbox.Options.ProcessedRetention > TimeSpan.Zero;
        int count = await _database.WriteAsync("marking rows of the outbox", session => isKept
            ? ExecuteFor(
                session,
                "UPDATE outbox SET status = 'processed', processed_at = @now, updated_at = @now, lease_owner = NULL, lease_until = NULL "
                + "WHERE " + OwnedSql, rows, ("now", now), ("owner", _owner))
            : ExecuteFor(session, "DELETE FROM outbox WHERE " + OwnedSql, rows, ("owner", _owner))).ConfigureAwait(false);
        outbox.Published(rows, now);
        return count;
    }

    /// <summary>
    /// Notes that publishing a row failed: it is tried again, or, after as many failures as are allowed, becomes a dead letter or blocks
    /// its key.
    /// </summary>
    /// <returns>What becomes of the row; null if others have it by now.</returns>
    public async ValueTask<OutboxStatus?> GiveUpOrRetryAsync(OutboxEntry row, string message, Exception? error)
    {
        int attempts = row.RetryCount + 1;
        OutboxStatus status = attempts < outbox.Options.MaxAttempts ? OutboxStatus.Failed
            : outbox.Options.BlocksKey ? OutboxStatus.Blocked : OutboxStatus.Dead;
        if (status == OutboxStatus.Dead && outbox.Options.DeadLetters is { } letters)
        {
            // The letter first: a crash in between makes it twice, and that is one letter.
            await letters.AddAsync(DeadLetter.For(
                row.Event with { Sequence = row.Id }, OutboxDispatcher.DeadLetterSubscription, attempts, message, error, row.CreatedAt,
                _database.TimeProvider.GetUtcNow())).ConfigureAwait(false);
        }

        bool isMine = await FailAsync(row, message, status).ConfigureAwait(false) == 1;
        outbox.Notify(new OutboxNotice(row.Id, row.Topic, status, attempts, error ?? new InvalidOperationException(message)));
        return isMine ? status : null;
    }

    /// <summary>Notes that publishing a row failed.</summary>
    public ValueTask<int> FailAsync(OutboxEntry row, string error, OutboxStatus status)
    {
        DateTimeOffset now = _database.TimeProvider.GetUtcNow();
        TimeSpan delay = status == OutboxStatus.Failed
            ? new Backoff(outbox.Options.BaseDelay, outbox.Options.MaxDelay).Additive(row.RetryCount, Random.Shared) : TimeSpan.Zero;
        return _database.WriteAsync("marking a row of the outbox", session => session.Execute(
            "UPDATE outbox SET status = @status, retry_count = retry_count + 1, error_msg = @error, next_attempt_at = @next, "
            + "updated_at = @now, lease_owner = NULL, lease_until = NULL WHERE " + OwnedSql + "id = @id",
            ("status", Text(status)), ("error", ErrorText.Message(error)), ("next", now + delay), ("now", now), ("id", row.Id),
            ("owner", _owner)));
    }

    /// <summary>Gives rows back that were not tried.</summary>
    public async ValueTask ReleaseAsync(IEnumerable<OutboxEntry> rows)
    {
        List<OutboxEntry> left = [.. rows];
        if (left.Count == 0)
            return;
        await _database.WriteAsync("giving rows of the outbox back", session => ExecuteFor(
            session, "UPDATE outbox SET status = 'pending', lease_owner = NULL, lease_until = NULL WHERE " + OwnedSql, left,
            ("owner", _owner))).ConfigureAwait(false);
    }

    /// <summary>
    /// One statement for all rows: to ask a server for each would take most of the time. As many places as a power of two, so that few
    /// different statements have to be prepared; the last row fills them up.
    /// </summary>
    private static int ExecuteFor(SqlSession session, string sql, List<OutboxEntry> rows, params (string, SqlValue)[] values)
    {
        if (rows.Count == 0)
            return 0;
        int places = (int)BitOperations.RoundUpToPowerOf2((uint)rows.Count);
        string[] names = [.. Enumerable.Range(0, places).Select(static i => "i" + i.ToString(CultureInfo.InvariantCulture))];
        return session.Execute(
            $"{sql}id IN ({string.Join(", ", names.Select(static name => "@" + name))})",
            [.. values, .. names.Select((name, i) => (name, (SqlValue)rows[Math.Min(i, rows.Count - 1)].Id))]);
    }

    private static string Text(OutboxStatus status) => status switch
    {
        OutboxStatus.Failed => "failed",
        OutboxStatus.Dead => "dead",
        OutboxStatus.Blocked => "blocked",
        _ => "pending",
    };
}
