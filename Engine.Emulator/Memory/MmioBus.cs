using Engine.Emulator.Devices;

namespace Engine.Emulator.Memory;

/// <summary>Finds the device that owns a guest physical address.</summary>
internal sealed class MmioBus
{
    private IMmioDevice[] _devices = [];

    /// <summary>The attached devices in the order of attachment.</summary>
    public IReadOnlyList<IMmioDevice> Devices => _devices;

    /// <summary>Attaches a device.</summary>
    /// <exception cref="ArgumentException">Its registers overlap those of another device, RAM excluded.</exception>
    public void Attach(IMmioDevice device)
    {
        foreach (IMmioDevice other in _devices)
        {
            bool apart = device.BaseAddress + device.Size <= other.BaseAddress
                || other.BaseAddress + other.Size <= device.BaseAddress;
            if (!apart)
                throw new ArgumentException($"The registers of {device.Name} overlap those of {other.Name}.", nameof(device));
        }

        _devices = [.. _devices, device];
    }

    /// <summary>Detaches a device; false when it was not attached.</summary>
    public bool Detach(IMmioDevice device)
    {
        int before = _devices.Length;
        _devices = [.. _devices.Where(other => !ReferenceEquals(other, device))];
        return _devices.Length != before;
    }

    /// <summary>The device whose registers hold the whole range, or null.</summary>
    public IMmioDevice? Find(ulong address, int size)
    {
        foreach (IMmioDevice device in _devices)
        {
            ulong offset = address - device.BaseAddress;
            if (offset < device.Size && (ulong)size <= device.Size - offset)
                return device;
        }

        return null;
    }
}
