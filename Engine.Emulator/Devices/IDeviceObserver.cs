using Engine.Events.Vm;

namespace Engine.Emulator.Devices;

/// <summary>Told about transfers as devices finish them.</summary>
public interface IDeviceObserver
{
    /// <summary>A transfer ended.</summary>
    /// <param name="deviceId">Number of the device within the machine.</param>
    /// <param name="kind">Direction of the transfer.</param>
    /// <param name="offset">Byte offset within the medium.</param>
    /// <param name="byteCount">Bytes transferred.</param>
    /// <param name="status">0 for success; otherwise the device's own status.</param>
    void IoCompleted(uint deviceId, DeviceIoKind kind, ulong offset, uint byteCount, uint status);
}
