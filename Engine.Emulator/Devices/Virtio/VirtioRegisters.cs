namespace Engine.Emulator.Devices.Virtio;

/// <summary>Register offsets of virtio-mmio, by their names in the specification.</summary>
internal static class VirtioRegisters
{
    public const ulong MagicValue = 0x000;
    public const ulong Version = 0x004;
    public const ulong DeviceId = 0x008;
    public const ulong VendorId = 0x00C;
    public const ulong DeviceFeatures = 0x010;
    public const ulong DeviceFeaturesSel = 0x014;
    public const ulong DriverFeatures = 0x020;
    public const ulong DriverFeaturesSel = 0x024;
    public const ulong QueueSel = 0x030;
    public const ulong QueueNumMax = 0x034;
    public const ulong QueueNum = 0x038;
    public const ulong QueueReady = 0x044;
    public const ulong QueueNotify = 0x050;
    public const ulong InterruptStatus = 0x060;
    public const ulong InterruptAck = 0x064;
    public const ulong Status = 0x070;
    public const ulong QueueDescLow = 0x080;
    public const ulong QueueDescHigh = 0x084;
    public const ulong QueueDriverLow = 0x090;
    public const ulong QueueDriverHigh = 0x094;
    public const ulong QueueDeviceLow = 0x0A0;
    public const ulong QueueDeviceHigh = 0x0A4;
    public const ulong ShmLenLow = 0x0B0;
    public const ulong ShmBaseHigh = 0x0BC;
    public const ulong Config = 0x100;

    /// <summary>"virt", little-endian.</summary>
    public const uint Magic = 0x7472_6976;

    public const uint ModernVersion = 2;

    /// <summary>"QEMU", little-endian: small drivers for the board insist on it.</summary>
    public const uint Vendor = 0x554D_4551;
}
