using System.Runtime.InteropServices;

namespace Engine.Events.Vm;

/// <summary><c>device.io-completed</c>: a device finished a transfer. 48 bytes.</summary>
/// <param name="At">Where and when it happened.</param>
/// <param name="DeviceId">Number of the device within the machine.</param>
/// <param name="Kind">Direction of the transfer.</param>
/// <param name="Offset">Byte offset within the medium, or 0.</param>
/// <param name="ByteCount">Bytes transferred.</param>
/// <param name="Status">0 for success; otherwise the device's own status.</param>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public readonly record struct DeviceIoCompleted(
    ExecutionPoint At,
    uint DeviceId,
    DeviceIoKind Kind,
    ulong Offset,
    uint ByteCount,
    uint Status) : IEvent<DeviceIoCompleted>, IExecutionPointEvent
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("device.io-completed")
    {
        Shard = "vm.device",
        Capacity = 16384,
        Priority = EventPriority.Normal,
    };
}
