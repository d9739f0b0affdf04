using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Publish;

/// <summary>Publishes through a producer what happens to a machine's snapshots. To be used by the thread that owns the producer. Looks the lane up at each call: meant for events as rare as snapshots.</summary>
public static class SnapshotPublishing
{
    /// <summary>Publishes that a snapshot was created.</summary>
    /// <param name="producer">The producer.</param>
    /// <param name="at">Where and when it happened.</param>
    /// <param name="snapshotId">Number of the snapshot.</param>
    /// <param name="byteCount">Bytes of its serialized form.</param>
    public static PublishOutcome PublishSnapshotCreated(this EventProducer producer, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return producer.GetLane<SnapshotCreated>().Publish(new SnapshotCreated(at, snapshotId, byteCount));
    }

    /// <summary>Publishes that a machine was set back to a snapshot.</summary>
    /// <inheritdoc cref="PublishSnapshotCreated" path="/param"/>
    public static PublishOutcome PublishSnapshotRestored(this EventProducer producer, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return producer.GetLane<SnapshotRestored>().Publish(new SnapshotRestored(at, snapshotId, byteCount));
    }

    /// <summary>Publishes that a snapshot was deleted.</summary>
    /// <inheritdoc cref="PublishSnapshotCreated" path="/param"/>
    public static PublishOutcome PublishSnapshotDeleted(this EventProducer producer, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return producer.GetLane<SnapshotDeleted>().Publish(new SnapshotDeleted(at, snapshotId, byteCount));
    }
}
