using Engine.Events;
using Engine.Events.Vm;
using Engine.Publish;

namespace Engine.Bus.Handlers;

/// <summary>Publishes on a bus what happens to a machine's snapshots. As thread-safe as the bus.</summary>
public static class BusSnapshotPublishing
{
    /// <summary>Publishes that a snapshot was created.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="at">Where and when it happened.</param>
    /// <param name="snapshotId">Number of the snapshot.</param>
    /// <param name="byteCount">Bytes of its serialized form.</param>
    public static PublishOutcome PublishSnapshotCreated(this IEventBus bus, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return bus.Publish(new SnapshotCreated(at, snapshotId, byteCount));
    }

    /// <summary>Publishes that a machine was set back to a snapshot.</summary>
    /// <inheritdoc cref="PublishSnapshotCreated" path="/param"/>
    public static PublishOutcome PublishSnapshotRestored(this IEventBus bus, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return bus.Publish(new SnapshotRestored(at, snapshotId, byteCount));
    }

    /// <summary>Publishes that a snapshot was deleted.</summary>
    /// <inheritdoc cref="PublishSnapshotCreated" path="/param"/>
    public static PublishOutcome PublishSnapshotDeleted(this IEventBus bus, in ExecutionPoint at, ulong snapshotId, ulong byteCount)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return bus.Publish(new SnapshotDeleted(at, snapshotId, byteCount));
    }
}
