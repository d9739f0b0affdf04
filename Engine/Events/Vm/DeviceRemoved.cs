using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>device.removed</c>: a device was detached from the machine. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="DeviceId">Number of the device within the machine.</param>
/// <param name="DeviceKind">Kind of the device, by the machine's own numbering.</param>
/// <param name="BaseAddress">Guest physical address of its registers.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct DeviceRemoved(
    ExecutionPoint At,
    uint DeviceId,
    uint DeviceKind,
    ulong BaseAddress) : IEvent<DeviceRemoved>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("device.removed")
    {
        Shard = "vm.device-lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };
}
