using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>device.added</c>: a device was attached to the machine. 40 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="DeviceId">Number of the device within the machine.</param>
/// <param name="DeviceKind">Kind of the device, by the machine's own numbering.</param>
/// <param name="BaseAddress">Guest physical address of its registers.</param>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct DeviceAdded(
    ExecutionPoint At,
    uint DeviceId,
    uint DeviceKind,
    ulong BaseAddress) : IEvent<DeviceAdded>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("device.added")
    {
        Shard = "vm.device-lifecycle",
        Capacity = 1024,
        Priority = EventPriority.Critical,
    };
}
