using System.Data.Common;
using System.Diagnostics;
using Engine.Bus.Idempotency;
using Engine.Storage.Databases;

namespace Engine.Storage.Idempotency;

/// <summary>
/// Remembers in a database which events were handled, for all processes that share it. A claim whose process crashed is taken over after
/// its lease. All members are thread-safe. What the database throws comes out: an error is never taken for "not seen".
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class SqlIdempotencyStore : IIdempotencyStore
{
    private const int TrimStep = 1000;

    private const string ClaimSql =
        """
        INSERT INTO processed_events(subscription, event_id, state, token, expires_at)
        VALUES(@subscription, @event, 'in_flight', @token, @until)
        ON CONFLICT(subscription, event_id) DO UPDATE SET state = 'in_flight', token = excluded.token, expires_at = excluded.expires_at,
            processed_at = NULL
        WHERE (processed_events.state = 'in_flight' AND processed_events.expires_at <= @now)
            OR (processed_events.state = 'completed' AND processed_events.processed_at <= @oldest)
        """;

    private const string CompleteSql =
        """
        UPDATE processed_events SET state = 'completed', processed_at = @now
        WHERE subscription = @subscription AND event_id = @event AND token = @token AND state = 'in_flight'
        """;

    private readonly SqlIdempotencyOptions _options;
    private readonly HandledWindow _handled;

    /// <summary>Makes a store. Opens nothing yet.</summary>
    /// <param name="database">Where it remembers.</param>
    /// <param name="options">How much.</param>
    public SqlIdempotencyStore(StorageDatabase database, SqlIdempotencyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(database);
        Database = database;
        _options = options ?? new SqlIdempotencyOptions();
        _options.Validate();
        _handled = new HandledWindow(_options.MemoryCount, _options.Window);
    }

    /// <summary>Where it remembers.</summary>
    public StorageDatabase Database { get; }

    /// <summary>Makes the tables, if they are not there.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public Task InitializeAsync(CancellationToken cancellationToken = default) => Database.InitializeAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IdempotencyClaim> TryClaimAsync(
        IdempotencyKey key, TimeSpan lease, CancellationToken cancellationToken = default)
    {
        if (lease <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(lease), lease, "The lease of a claim must be above zero.");
        Check(key);
        DateTimeOffset now = Database.TimeProvider.GetUtcNow();
        if (_handled.Holds(key, now))
            return new IdempotencyClaim(IdempotencyClaimOutcome.Completed, 0, TimeSpan.Zero);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        long until = now.UtcTicks + Math.Min(lease.Ticks, DateTimeOffset.MaxValue.UtcTicks - now.UtcTicks);
        (IdempotencyClaim claim, long? processedAt) = await Database.WriteAsync(
            "claiming an event", session => Claim(session, key, now, until, lease), cancellationToken).ConfigureAwait(false);
        if (processedAt is { } ticks)
            _handled.Add(key, new DateTimeOffset(ticks, TimeSpan.Zero));
        return claim;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(IdempotencyKey key, long token, CancellationToken cancellationToken = default)
    {
        Check(key);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = Database.TimeProvider.GetUtcNow();
        bool isDone = await Database.WriteAsync(
            "completing an event", session => session.Execute(
                CompleteSql, ("now", now), ("subscription", key.Subscription), ("event", key.EventId), ("token", token)) == 1,
            cancellationToken).ConfigureAwait(false);
        if (isDone)
            _handled.Add(key, now);
        return isDone;
    }

    /// <summary>
    /// Records within the caller's transaction that the event has been handled: the handler's own writes and the record commit together,
    /// or neither does. The event is to be acknowledged after the commit. Blocks for the statement.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="token">The claim's token.</param>
    /// <param name="transaction">The caller's transaction, on this store's database.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when the claim is not the key's any longer: the caller must roll back.</returns>
    public async ValueTask<bool> CompleteAsync(
        IdempotencyKey key, long token, DbTransaction transaction, CancellationToken cancellationToken = default)
    {
        Check(key);
        ArgumentNullException.ThrowIfNull(transaction);
        DbConnection connection = transaction.Connection
            ?? throw new ArgumentException("The transaction has ended.", nameof(transaction));
        DbCommand command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            command.CommandText = CompleteSql;
            SqlSession.AddParameters(
                command, ("now", Database.TimeProvider.GetUtcNow()), ("subscription", key.Subscription), ("event", key.EventId),
                ("token", token));
            // Not into memory: the transaction may still be rolled back.
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ReleaseAsync(IdempotencyKey key, long token, CancellationToken cancellationToken = default)
    {
        Check(key);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.WriteAsync(
            "releasing an event", session => session.Execute(
                "DELETE FROM processed_events WHERE subscription = @subscription AND event_id = @event AND token = @token "
                + "AND state = 'in_flight'",
                ("subscription", key.Subscription), ("event", key.EventId), ("token", token)) == 1,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets events that are older or more than are remembered, in steps. Claims that are held are never forgotten.</summary>
    /// <param name="cancellationToken">Stops after the step that is being made.</param>
    /// <returns>How many were forgotten.</returns>
    public async Task<long> TrimAsync(CancellationToken cancellationToken = default)
    {
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        long forgotten = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DateTimeOffset now = Database.TimeProvider.GetUtcNow();
            long step = await Database.WriteAsync("forgetting events", session => TrimOnce(session, now), CancellationToken.None)
                .ConfigureAwait(false);
            forgotten += step;
            if (step < TrimStep)
                return forgotten;
        }
    }

    /// <summary>Where it remembers.</summary>
    public override string ToString() => $"handled events in {Database}";

    private static void Check(IdempotencyKey key)
    {
        if (string.IsNullOrWhiteSpace(key.Subscription) || key.EventId == Guid.Empty)
            throw new ArgumentException($"A key needs a subscription and an event id; it is {key}.", nameof(key));
    }

    private (IdempotencyClaim Claim, long? ProcessedAt) Claim(
        SqlSession session, IdempotencyKey key, DateTimeOffset now, long until, TimeSpan lease)
    {
        // Nobody else's: a claim that was taken over must not be completed by its first owner.
        long token = Random.Shared.NextInt64(1, long.MaxValue);
        bool isMine = session.Execute(
            ClaimSql, ("subscription", key.Subscription), ("event", key.EventId), ("token", token), ("until", until), ("now", now),
            ("oldest", Oldest(now))) == 1;
        if (isMine)
            return (new IdempotencyClaim(IdempotencyClaimOutcome.Claimed, token, lease), null);
        (long expires, long? processedAt) = session.Query(
            "SELECT expires_at, processed_at FROM processed_events WHERE subscription = @subscription AND event_id = @event",
            static row => (row.GetInt64(0), row.IsDBNull(1) ? (long?)null : row.GetInt64(1)),
            ("subscription", key.Subscription), ("event", key.EventId))[0];
        return processedAt is not null
            ? (new IdempotencyClaim(IdempotencyClaimOutcome.Completed, 0, TimeSpan.Zero), processedAt)
            : (new IdempotencyClaim(
                IdempotencyClaimOutcome.InFlight, 0, TimeSpan.FromTicks(Math.Max(1, expires - now.UtcTicks))), null);
    }

    private long TrimOnce(SqlSession session, DateTimeOffset now)
    {
        long limit = Oldest(now);
        long count = session.Number("SELECT COUNT(*) FROM processed_events WHERE state = 'completed'") ?? 0;
        int excess = (int)Math.Clamp(count - _options.Capacity, 0, TrimStep);
        int forgotten = session.Execute(
            "DELETE FROM processed_events WHERE (subscription, event_id) IN (SELECT subscription, event_id FROM processed_events "
            + "WHERE state = 'completed' AND processed_at <= @limit ORDER BY processed_at LIMIT @count)",
            ("limit", limit), ("count", TrimStep));
        if (forgotten < excess)
        {
            forgotten += session.Execute(
                "DELETE FROM processed_events WHERE (subscription, event_id) IN (SELECT subscription, event_id FROM processed_events "
                + "WHERE state = 'completed' ORDER BY processed_at LIMIT @count)",
                ("count", excess - forgotten));
        }

        // Claims that nobody completed within the window after they expired.
        session.Execute("DELETE FROM processed_events WHERE state = 'in_flight' AND expires_at <= @limit", ("limit", limit));
        return forgotten;
    }

    private long Oldest(DateTimeOffset now) => Math.Max(0, now.UtcTicks - _options.Window.Ticks);
}
