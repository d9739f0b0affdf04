using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>snapshot.created</c>: a snapshot of the machine was created. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="SnapshotId">Number of the snapshot.</param>
/// <param name="ByteCount">Bytes of its serialized form.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct SnapshotCreated(
    ExecutionPoint At,
    ulong SnapshotId,
    ulong ByteCount) : IEvent<SnapshotCreated>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("snapshot.created")
    {
        Shard = "vm.lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };
}
