using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.exit</c>: a virtual CPU left its execution loop. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Reason">Why it left.</param>
/// <param name="ExitCode">The guest's exit code where it gave one.</param>
/// <param name="Detail">Depends on the reason.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct VCpuExited(
    ExecutionPoint At,
    VCpuExitReason Reason,
    int ExitCode,
    ulong Detail) : IEvent<VCpuExited>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.exit")
    {
        Shard = "vm.lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };
}
