using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Tests.Emulator.Devices.Virtio;

/// <summary>Remembers the transfers that a device reports.</summary>
internal sealed class RecordedTransfers : IDeviceObserver
{
    public List<(uint Device, DeviceIoKind Kind, ulong Offset, uint ByteCount, uint Status)> All { get; } = [];

    public void IoCompleted(uint deviceId, DeviceIoKind kind, ulong offset, uint byteCount, uint status) =>
        All.Add((deviceId, kind, offset, byteCount, status));
}
