namespace Engine.Storage.Sourcing;

/// <summary>
/// Keeps states of streams, so that they need not be made from all their events again. A snapshot is a cache: whatever is missing,
/// damaged or of another schema is made anew from the events. All members are thread-safe.
/// </summary>
public interface ISnapshotStore
{
    /// <summary>Keeps a snapshot; one of the same version is replaced, and the oldest of the stream go where there are too many.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="cancellationToken">Gives up before it is queued for writing.</param>
    /// <returns>False if an event of the stream was erased since the state was read; then nothing was kept.</returns>
    ValueTask<bool> SaveAsync(Snapshot snapshot, CancellationToken cancellationToken = default);

    /// <summary>Gets the newest readable snapshot of a stream up to a version; null if there is none.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="atMost">The version that it may have at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<Snapshot?> LoadAsync(string stream, long atMost = long.MaxValue, CancellationToken cancellationToken = default);

    /// <summary>Removes all snapshots of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Gives up before it is queued for writing.</param>
    /// <returns>How many there were.</returns>
    ValueTask<int> DeleteAsync(string stream, CancellationToken cancellationToken = default);
}

/// <summary>The state of a stream at a version, as bytes. Immutable; the bytes are not copied.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Version">The number of the latest event that is in it, from 1.</param>
/// <param name="SchemaVersion">The version of what the bytes mean, from 1.</param>
/// <param name="Data">The state.</param>
public sealed record Snapshot(string Stream, long Version, int SchemaVersion, ReadOnlyMemory<byte> Data)
{
    /// <summary>How often data of the stream's events had been erased when the state was read.</summary>
    public long Erasures { get; init; }

    /// <summary>When it was kept; the default before it is.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Stream, version, schema and size.</summary>
    public override string ToString() => $"{Stream} at {Version}, schema {SchemaVersion}, {Data.Length} bytes";
}
