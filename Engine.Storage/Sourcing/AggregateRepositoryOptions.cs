using Engine.Primitives;
using Engine.Storage.Outbox;

namespace Engine.Storage.Sourcing;

/// <summary>How aggregates are loaded and saved. Immutable.</summary>
public sealed record AggregateRepositoryOptions
{
    /// <summary>Where snapshots are; null for none.</summary>
    public ISnapshotStore? Snapshots { get; init; }

    /// <summary>Events behind the latest snapshot from which on there is a new one: 1 or more.</summary>
    public int SnapshotEvery { get; init; } = 100;

    /// <summary>
    /// Gets each saved event too, in the same transaction, to be published elsewhere; null for none. Must be in the store's database.
    /// </summary>
    public SqlOutbox? Outbox { get; init; }

    /// <summary>
    /// Is told of snapshots that could not be used or kept, for a log; null for nobody. Called on any thread; what it throws is dropped.
    /// </summary>
    public Action<SnapshotNotice>? OnNotice { get; init; }

    internal static OptionTable<AggregateRepositoryOptions> Ranges { get; } = new OptionTable<AggregateRepositoryOptions>("a repository")
        .With(nameof(SnapshotEvery), OptionRange.AtLeast(1), static o => o.SnapshotEvery);

    internal void Validate(Databases.StorageDatabase database)
    {
        Ranges.Check(this);
        if (Outbox is not null && Outbox.Database != database)
        {
            throw new ArgumentException(
                $"The outbox must be in the database of the store, {database}, to share its transactions; it is in {Outbox.Database}.");
        }
    }
}

/// <summary>That a snapshot was of no use, or could not be kept; the state was made from the events.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">The version of the snapshot.</param>
/// <param name="Problem">What is wrong with it.</param>
/// <param name="Text">More about it.</param>
public sealed record SnapshotNotice(string Stream, long Version, SnapshotProblem Problem, string Text);

/// <summary>What is wrong with a snapshot.</summary>
public enum SnapshotProblem
{
    /// <summary>It has another schema version than the aggregate.</summary>
    OtherSchema,

    /// <summary>It could not be read.</summary>
    Unreadable,

    /// <summary>It is newer than the stream: the store was set back.</summary>
    AheadOfStream,

    /// <summary>The state could not be written, or the database failed.</summary>
    NotKept,

    /// <summary>The store of snapshots failed when it was asked for one.</summary>
    NotLoaded,
}

/// <summary>What a repository did. Immutable.</summary>
public sealed record AggregateRepositoryStatistics
{
    /// <summary>Aggregates loaded.</summary>
    public required long Loads { get; init; }

    /// <summary>Loads that began with a snapshot.</summary>
    public required long SnapshotsUsed { get; init; }

    /// <summary>Snapshots that were found and not used, because of schema, content or version.</summary>
    public required long SnapshotsRejected { get; init; }

    /// <summary>Snapshots kept.</summary>
    public required long SnapshotsKept { get; init; }

    /// <summary>Snapshots that could not be kept.</summary>
    public required long SnapshotsNotKept { get; init; }

    /// <summary>Events that states were made from.</summary>
    public required long EventsApplied { get; init; }

    /// <summary>Saves that were conflicts.</summary>
    public required long Conflicts { get; init; }
}
