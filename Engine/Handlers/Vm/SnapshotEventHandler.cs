using Engine.Events;
using Engine.Events.Vm;
using Engine.Primitives;
using Engine.Subscriptions;
using Microsoft.Extensions.Logging;

namespace Engine.Handlers.Vm;

/// <summary>Keeps statistics of a machine's snapshots.</summary>
/// <param name="source">Where to subscribe: an engine or a bus.</param>
/// <param name="vmId">The machine whose events count, as given to the producer or the bus; null for all.</param>
/// <param name="logger">
/// Gets a line for each snapshot, and for losses; null for none. What it throws is dropped.
/// </param>
public sealed class SnapshotEventHandler(IEventSource source, string? vmId = null, ILogger? logger = null)
    : VmEventHandler(source, vmId, logger)
{
    private long _created;
    private long _restored;
    private long _deleted;
    private long _createdBytes;
    private long _deletedBytes;

    /// <summary>The statistics since the handler was made. Thread-safe; does not block.</summary>
    public SnapshotEventStatistics GetStatistics() => new(
        Volatile.Read(ref _created), Volatile.Read(ref _restored), Volatile.Read(ref _deleted),
        Volatile.Read(ref _createdBytes), Volatile.Read(ref _deletedBytes));

    private protected override void SubscribeAll(Predicate<EventDescriptor> isWanted)
    {
        Add<SnapshotCreated>(OnCreated, isWanted);
        Add<SnapshotRestored>(OnRestored, isWanted);
        Add<SnapshotDeleted>(OnDeleted, isWanted);
    }

    private void OnCreated(ReadOnlySpan<SnapshotCreated> events, in Envelope envelope)
    {
        long bytes = 0;
        foreach (ref readonly SnapshotCreated snapshot in events)
            bytes += (long)snapshot.ByteCount;
        Interlocked.Add(ref _createdBytes, bytes);
        Interlocked.Add(ref _created, events.Length);
        if (!Log.IsOn)
            return;
        foreach (ref readonly SnapshotCreated snapshot in events)
            Log.Information($"snapshot {snapshot.SnapshotId} of {ReadableText.Count((long)snapshot.ByteCount)} bytes created");
    }

    private void OnRestored(ReadOnlySpan<SnapshotRestored> events, in Envelope envelope)
    {
        Interlocked.Add(ref _restored, events.Length);
        if (!Log.IsOn)
            return;
        foreach (ref readonly SnapshotRestored snapshot in events)
            Log.Information($"snapshot {snapshot.SnapshotId} restored");
    }

    private void OnDeleted(ReadOnlySpan<SnapshotDeleted> events, in Envelope envelope)
    {
        long bytes = 0;
        foreach (ref readonly SnapshotDeleted snapshot in events)
            bytes += (long)snapshot.ByteCount;
        Interlocked.Add(ref _deletedBytes, bytes);
        Interlocked.Add(ref _deleted, events.Length);
        if (!Log.IsOn)
            return;
        foreach (ref readonly SnapshotDeleted snapshot in events)
            Log.Information($"snapshot {snapshot.SnapshotId} of {ReadableText.Count((long)snapshot.ByteCount)} bytes deleted");
    }
}
