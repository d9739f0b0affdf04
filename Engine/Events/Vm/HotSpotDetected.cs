using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.hot-spot</c>: a block was executed often enough to be called hot. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="BlockPc">Guest address of the block.</param>
/// <param name="ExecutionCount">Times it had been executed.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct HotSpotDetected(
    ExecutionPoint At,
    ulong BlockPc,
    ulong ExecutionCount) : IEvent<HotSpotDetected>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.hot-spot")
    {
        Shard = "vm.code",
        Capacity = 1024,
        Priority = EventPriority.Normal,
    };
}
