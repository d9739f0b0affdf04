using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary>
/// <c>vm.block</c>: a run of consecutive instructions was executed. A run that ends early, at a fault or a trap, reports
/// the instructions it retired, not the length of the block. 16 bytes.
/// </summary>
/// <param name="FirstPc">Guest address of the first instruction of the run.</param>
/// <param name="RetiredCount">Instructions retired by this run.</param>
/// <param name="ExitReason">Why the run ended.</param>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public readonly record struct BlockExecuted(
    ulong FirstPc,
    uint RetiredCount,
    BlockExitReason ExitReason) : IEvent<BlockExecuted>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.block")
    {
        Shard = "vm.execution",
        Capacity = 65536,
        Priority = EventPriority.Low,
    };
}
