using Engine.Emulator.Platform;

namespace Engine.Emulator.Devices.Virtio;

/// <summary>A virtio-mmio slot with nothing plugged in: it shows device id 0, which drivers pass over.</summary>
public sealed class EmptyVirtioSlot(int slot) : IMmioDevice
{
    /// <inheritdoc/>
    public string Name { get; } = $"virtio-slot{slot}";

    /// <inheritdoc/>
    public ulong BaseAddress { get; } = BoardLayout.VirtioSlotBase(slot);

    /// <inheritdoc/>
    public ulong Size => BoardLayout.VirtioSlotSize;

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => size != 4 ? 0 : offset switch
    {
        VirtioRegisters.MagicValue => VirtioRegisters.Magic,
        VirtioRegisters.Version => VirtioRegisters.ModernVersion,
        VirtioRegisters.VendorId => VirtioRegisters.Vendor,
        _ => 0,
    };

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
    }

    /// <inheritdoc/>
    public void Restore(BinaryReader reader)
    {
    }
}
