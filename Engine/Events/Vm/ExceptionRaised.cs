using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.exception</c>: The guest took a synchronous exception, page faults and guest calls included. 48 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Cause">
/// The architecture's cause number. Where it has an error code beside it, as x86 has, that is in the upper 32 bits.
/// </param>
/// <param name="Value">The architecture's trap value: faulting address, encoding, or 0.</param>
/// <param name="From">Mode before the trap.</param>
/// <param name="To">Mode that handles the trap.</param>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly record struct ExceptionRaised(
    ExecutionPoint At,
    ulong Cause,
    ulong Value,
    PrivilegeMode From,
    PrivilegeMode To) : IEvent<ExceptionRaised>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.exception")
    {
        Shard = "vm.fault",
        Capacity = 8192,
        Priority = EventPriority.High,
    };
}
