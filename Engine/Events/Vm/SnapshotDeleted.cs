using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>snapshot.deleted</c>: a snapshot was deleted. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="SnapshotId">Number of the snapshot.</param>
/// <param name="ByteCount">Bytes of its serialized form.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct SnapshotDeleted(
    ExecutionPoint At,
    ulong SnapshotId,
    ulong ByteCount) : IEvent<SnapshotDeleted>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("snapshot.deleted")
    {
        Shard = "vm.lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };
}
