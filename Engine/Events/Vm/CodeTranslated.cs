using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.code-translated</c>: a block of guest code was decoded or compiled. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="PhysicalAddress">Guest physical address of the first instruction.</param>
/// <param name="InstructionCount">Instructions in the block.</param>
/// <param name="ByteCount">Guest bytes in the block.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct CodeTranslated(
    ExecutionPoint At,
    ulong PhysicalAddress,
    uint InstructionCount,
    uint ByteCount) : IEvent<CodeTranslated>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.code-translated")
    {
        Shard = "vm.code",
        Capacity = 8192,
        Priority = EventPriority.Normal,
    };
}
