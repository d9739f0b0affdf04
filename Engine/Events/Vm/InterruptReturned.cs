using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary>
/// <c>vm.interrupt-returned</c>: a trap handler returned (<c>mret</c>, <c>sret</c>), from an interrupt or an exception. 40
/// bytes.
/// </summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="ReturnPc">Guest address at which execution continues.</param>
/// <param name="From">Mode of the handler.</param>
/// <param name="To">Mode returned to.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct InterruptReturned(
    ExecutionPoint At,
    ulong ReturnPc,
    PrivilegeMode From,
    PrivilegeMode To) : IEvent<InterruptReturned>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.interrupt-returned")
    {
        Shard = "vm.interrupt",
        Capacity = 8192,
        Priority = EventPriority.High,
    };
}
