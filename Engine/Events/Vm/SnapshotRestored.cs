using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>snapshot.restored</c>: The machine was set back to a snapshot. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="SnapshotId">Number of the snapshot.</param>
/// <param name="ByteCount">Bytes of its serialized form.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct SnapshotRestored(
    ExecutionPoint At,
    ulong SnapshotId,
    ulong ByteCount) : IEvent<SnapshotRestored>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("snapshot.restored")
    {
        Shard = "vm.lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };
}
