using Engine.Events;
using Engine.Events.Vm;
using Engine.Publish;

namespace Engine.Hosting;

/// <summary>Publishes through the shared lanes of an engine what happens to a machine's snapshots, from any thread. Takes a lock to look the lane up at each call: meant for events as rare as snapshots.</summary>
public static class EngineSnapshotPublishing
{
    /// <summary>Publishes that a snapshot was created.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="at">Where and when it happened.</param>
    /// <param name="snapshotId">Number of the snapshot.</param>
    /// <param name="byteCount">Bytes of its serialized form.</param>
    public static PublishOutcome PublishSnapshotCreated(this EventEngine engine, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.GetSharedLane<SnapshotCreated>().Publish(new SnapshotCreated(at, snapshotId, byteCount));
    }

    /// <summary>Publishes that a machine was set back to a snapshot.</summary>
    /// <inheritdoc cref="PublishSnapshotCreated" path="/param"/>
    public static PublishOutcome PublishSnapshotRestored(this EventEngine engine, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.GetSharedLane<SnapshotRestored>().Publish(new SnapshotRestored(at, snapshotId, byteCount));
    }

    /// <summary>Publishes that a snapshot was deleted.</summary>
    /// <inheritdoc cref="PublishSnapshotCreated" path="/param"/>
    public static PublishOutcome PublishSnapshotDeleted(this EventEngine engine, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return engine.GetSharedLane<SnapshotDeleted>().Publish(new SnapshotDeleted(at, snapshotId, byteCount));
    }
}
