using Engine.Storage.Databases;

namespace Engine.Storage.Subscriptions;

/// <summary>
/// How consumers of one subscription share its events: each takes the next places for itself, a range at a time, and what a consumer that
/// ended has not settled is taken by another. The checkpoint is the last place before all ranges that are not settled.
/// </summary>
/// <remarks>
/// The row of the subscription has in <c>taken</c> the last place that was handed out. A range is a row of <c>subscription_claims</c>, from
/// the first place that is not settled to the last; it goes when it is settled. All of it changes inside the claim's lock.
/// </remarks>
internal sealed class SharedClaims(StorageDatabase database, string name, TimeSpan lease)
{
    private readonly string _owner = ProcessIdentity.NewOwner();

    /// <summary>Takes what another consumer left over, or else the next places.</summary>
    /// <param name="startAfter">Where a new subscription begins.</param>
    /// <param name="epoch">The log's epoch.</param>
    /// <param name="tail">The last place that there is.</param>
    /// <param name="count">Places at most.</param>
    /// <param name="cancellationToken">Gives up before it is queued.</param>
    /// <returns>The range; null if there is none to be taken.</returns>
    public ValueTask<RangeClaim?> TryTakeAsync(
        long startAfter, string epoch, long tail, int count, CancellationToken cancellationToken)
    {
        DateTimeOffset now = database.TimeProvider.GetUtcNow();
        return database.WriteAsync(
            "taking events of a shared subscription",
            session =>
            {
                database.Dialect.LockClaims(session);
                ProcessIdentity.EndLeasesOfTheGone(session, "subscription_claims", now);
                CheckpointLease.Make(session, name, startAfter, epoch, now);
                CheckpointLease.CheckEpoch(session, name, epoch);
                return TakeLeftOver(session, now) ?? TakeNext(session, tail, count, now);
            },
            cancellationToken);
    }

    /// <summary>Notes how far a range is settled, and renews its lease; the last time, gives back what is left of it.</summary>
    /// <returns>False if another consumer has it by now; nothing was changed.</returns>
    public ValueTask<bool> SaveAsync(RangeClaim claim, long settled, bool isLast)
    {
        DateTimeOffset now = database.TimeProvider.GetUtcNow();
        return database.WriteAsync("saving a checkpoint", session =>
        {
            database.Dialect.LockClaims(session);
            string range = "WHERE subscription = @name AND last_sequence = @last AND lease_owner = @owner";
            int count = settled >= claim.Last
                ? session.Execute(
                    "DELETE FROM subscription_claims " + range, ("name", name), ("last", claim.Last), ("owner", _owner))
                : session.Execute(
                    "UPDATE subscription_claims SET first_sequence = @first, lease_until = @until " + range,
                    ("first", settled + 1), ("until", isLast ? now : now + lease), ("name", name), ("last", claim.Last),
                    ("owner", _owner));
            if (count == 1)
                MoveCheckpoint(session, now);
            return count == 1;
        });
    }

    private RangeClaim? TakeLeftOver(SqlSession session, DateTimeOffset now)
    {
        List<(long First, long Last)> left = session.Query(
            "SELECT first_sequence, last_sequence FROM subscription_claims WHERE subscription = @name AND lease_until <= @now "
            + "ORDER BY first_sequence LIMIT 1",
            static row => (row.GetInt64(0), row.GetInt64(1)), ("name", name), ("now", now));
        if (left is not [var (first, last)])
            return null;
        session.Execute(
            "UPDATE subscription_claims SET lease_owner = @owner, lease_until = @until "
            + "WHERE subscription = @name AND last_sequence = @last",
            ("owner", _owner), ("until", now + lease), ("name", name), ("last", last));
        return new RangeClaim(this, first, last);
    }

    private RangeClaim? TakeNext(SqlSession session, long tail, int count, DateTimeOffset now)
    {
        (long settled, long taken) = session.Query(
            "SELECT sequence, taken FROM checkpoints WHERE subscription = @name", static row => (row.GetInt64(0), row.GetInt64(1)),
            ("name", name))[0];
        long first = Math.Max(settled, taken) + 1;
        long last = Math.Min(tail, first + count - 1);
        if (first > last)
            return null;
        session.Execute(
            "INSERT INTO subscription_claims(subscription, first_sequence, last_sequence, lease_owner, lease_until) "
            + "VALUES(@name, @first, @last, @owner, @until)",
            ("name", name), ("first", first), ("last", last), ("owner", _owner), ("until", now + lease));
        session.Execute("UPDATE checkpoints SET taken = @last WHERE subscription = @name", ("last", last), ("name", name));
        return new RangeClaim(this, first, last);
    }

    private void MoveCheckpoint(SqlSession session, DateTimeOffset now) => session.Execute(
        "UPDATE checkpoints SET updated_at = @now, sequence = COALESCE("
        + "(SELECT MIN(first_sequence) - 1 FROM subscription_claims WHERE subscription = @name), taken) WHERE subscription = @name",
        ("now", now), ("name", name));
}

/// <summary>Places that one consumer has for itself.</summary>
/// <param name="claims">Where they are from.</param>
/// <param name="first">The first place that is not settled.</param>
/// <param name="last">The last place.</param>
internal sealed class RangeClaim(SharedClaims claims, long first, long last) : DurableLease
{
    public long First => first;

    public long Last => last;

    public override ValueTask<bool> SaveAsync(long sequence, bool isLast) => claims.SaveAsync(this, sequence, isLast);
}
