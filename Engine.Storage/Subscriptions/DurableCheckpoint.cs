using Engine.Storage.Databases;

namespace Engine.Storage.Subscriptions;

/// <summary>Where a durable subscription is, as the database has it. Immutable.</summary>
/// <param name="Subscription">The subscription's name.</param>
/// <param name="Sequence">The last place up to which everything is settled and saved.</param>
/// <param name="IsHeld">Whether a process has the subscription at the moment.</param>
/// <param name="UpdatedAt">When the place was saved last.</param>
public sealed record DurableCheckpoint(string Subscription, long Sequence, bool IsHeld, DateTimeOffset UpdatedAt)
{
    /// <summary>Checkpoints of a list at most.</summary>
    public const int MaxCount = 1000;

    /// <summary>Lists the durable subscriptions of a database by name, also those that no process runs. Reads the database.</summary>
    /// <param name="database">The database.</param>
    /// <param name="limit">Checkpoints at most: 1 to <see cref="MaxCount"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<IReadOnlyList<DurableCheckpoint>> ListAsync(
        StorageDatabase database, int limit = MaxCount, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        if (limit is < 1 or > MaxCount)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A list must have 1 to {MaxCount} checkpoints.");
        await database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        long now = database.TimeProvider.GetUtcNow().UtcTicks;
        return await database.QueryAsync(
            "listing durable subscriptions",
            "SELECT subscription, sequence, lease_owner, lease_until, updated_at FROM checkpoints ORDER BY subscription LIMIT @limit",
            row => new DurableCheckpoint(
                row.GetString(0), row.GetInt64(1), !row.IsDBNull(2) && !row.IsDBNull(3) && row.GetInt64(3) > now,
                new DateTimeOffset(row.GetInt64(4), TimeSpan.Zero)),
            [("limit", limit)], cancellationToken).ConfigureAwait(false);
    }
}
