using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.guest-call</c>: The guest called its supervisor, firmware or hypervisor (<c>ecall</c>). 48 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Function">The function number the guest passed (a7 on RISC-V).</param>
/// <param name="Argument">The first argument the guest passed (a0 on RISC-V).</param>
/// <param name="From">Mode of the caller.</param>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly record struct GuestCalled(
    ExecutionPoint At,
    ulong Function,
    ulong Argument,
    PrivilegeMode From) : IEvent<GuestCalled>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.guest-call")
    {
        Shard = "vm.fault",
        Capacity = 8192,
        Priority = EventPriority.High,
    };
}
