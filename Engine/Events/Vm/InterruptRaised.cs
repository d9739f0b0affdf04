using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>vm.interrupt-raised</c>: a virtual CPU took an interrupt. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="Cause">The architecture's cause number without the interrupt bit.</param>
/// <param name="Source">Number of the external source, or 0 where there is none.</param>
/// <param name="From">Mode before the trap.</param>
/// <param name="To">Mode that handles the interrupt.</param>
/// <param name="DeviceId">Number of the device that drives the source within the machine, or 0 where that is not known.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct InterruptRaised(
    ExecutionPoint At,
    uint Cause,
    uint Source,
    PrivilegeMode From,
    PrivilegeMode To,
    ushort DeviceId = 0) : IEvent<InterruptRaised>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("vm.interrupt-raised")
    {
        Shard = "vm.interrupt",
        Capacity = 8192,
        Priority = EventPriority.High,
    };
}
