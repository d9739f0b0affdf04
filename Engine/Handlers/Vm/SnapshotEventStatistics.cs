using Engine.Primitives;

namespace Engine.Handlers.Vm;

/// <summary>What happened to a machine's snapshots.</summary>
/// <param name="CreatedCount">Snapshots created.</param>
/// <param name="RestoredCount">Times the machine was set back to a snapshot.</param>
/// <param name="DeletedCount">Snapshots deleted.</param>
/// <param name="TotalSnapshotBytes">Bytes of all snapshots created.</param>
/// <param name="DeletedSnapshotBytes">Bytes of those deleted since.</param>
public readonly record struct SnapshotEventStatistics(
    long CreatedCount, long RestoredCount, long DeletedCount, long TotalSnapshotBytes, long DeletedSnapshotBytes)
{
    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"created {ReadableText.Count(CreatedCount)} of {ReadableText.Count(TotalSnapshotBytes)} bytes, restored " +
        $"{ReadableText.Count(RestoredCount)}, " +
        $"deleted {ReadableText.Count(DeletedCount)} of {ReadableText.Count(DeletedSnapshotBytes)} bytes";
}
