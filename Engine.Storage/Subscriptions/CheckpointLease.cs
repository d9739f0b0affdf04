using Engine.Storage.Databases;

namespace Engine.Storage.Subscriptions;

/// <summary>The row of a durable subscription: where it is, and which process has it.</summary>
internal sealed class CheckpointLease(StorageDatabase database, string name, TimeSpan lease) : DurableLease
{
    private readonly string _owner = ProcessIdentity.NewOwner();

    /// <summary>Takes the subscription if nobody has it; makes it if it is new.</summary>
    /// <returns>The last settled place; null if another process has the subscription.</returns>
    public ValueTask<long?> TryTakeAsync(long startAfter, string epoch, CancellationToken cancellationToken)
    {
        DateTimeOffset now = database.TimeProvider.GetUtcNow();
        return database.WriteAsync(
            "taking a durable subscription", session => TryTake(session, startAfter, epoch, now), cancellationToken);
    }

    /// <summary>Makes the subscription if it is new, without taking it.</summary>
    public async ValueTask MakeAsync(long startAfter, string epoch, CancellationToken cancellationToken)
    {
        DateTimeOffset now = database.TimeProvider.GetUtcNow();
        await database.WriteAsync(
            "making a durable subscription", session => Make(session, name, startAfter, epoch, now), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>The last settled place of a subscription; null if it is new.</summary>
    public async ValueTask<long?> FindAsync(CancellationToken cancellationToken)
    {
        List<long> rows = await database.QueryAsync(
            "reading a checkpoint", "SELECT sequence FROM checkpoints WHERE subscription = @name", static row => row.GetInt64(0),
            [("name", name)], cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <inheritdoc/>
    public override ValueTask<bool> SaveAsync(long sequence, bool isLast)
    {
        DateTimeOffset now = database.TimeProvider.GetUtcNow();
        return database.WriteAsync("saving a checkpoint", session => session.Execute(
            "UPDATE checkpoints SET sequence = @sequence, lease_until = @until, updated_at = @now "
            + "WHERE subscription = @name AND lease_owner = @owner",
            ("sequence", sequence), ("until", isLast ? now : now + lease), ("now", now), ("name", name), ("owner", _owner)) == 1);
    }

    /// <summary>Makes the row of a subscription, if it is new.</summary>
    public static int Make(SqlSession session, string name, long startAfter, string epoch, DateTimeOffset now) => session.Execute(
        "INSERT INTO checkpoints(subscription, sequence, epoch, updated_at) VALUES(@name, @start, @epoch, @now) "
        + "ON CONFLICT(subscription) DO NOTHING",
        ("name", name), ("start", startAfter), ("epoch", epoch), ("now", now));

    private long? TryTake(SqlSession session, long startAfter, string epoch, DateTimeOffset now)
    {
        database.Dialect.LockClaims(session);
        ProcessIdentity.EndLeasesOfTheGone(session, "checkpoints", now);
        Make(session, name, startAfter, epoch, now);
        CheckEpoch(session, name, epoch);
        bool isMine = session.Execute(
            "UPDATE checkpoints SET lease_owner = @owner, lease_until = @until WHERE subscription = @name "
            + "AND (lease_until IS NULL OR lease_until <= @now OR lease_owner = @owner)",
            ("owner", _owner), ("until", now + lease), ("name", name), ("now", now)) == 1;
        return isMine
            ? session.Number("SELECT sequence FROM checkpoints WHERE subscription = @name", ("name", name))
            : null;
    }

    /// <exception cref="StorageException">The checkpoint is one of another log.</exception>
    public static void CheckEpoch(SqlSession session, string name, string epoch)
    {
        string known = session.Query(
            "SELECT epoch FROM checkpoints WHERE subscription = @name", static row => row.GetString(0), ("name", name))[0];
        if (known != epoch)
        {
            throw new StorageException(
                "taking a durable subscription",
                $"the checkpoint of \"{name}\" belongs to another store (epoch {known}, this one has {epoch}), so its place means nothing "
                + "here. Subscribe under another name.");
        }
    }
}
