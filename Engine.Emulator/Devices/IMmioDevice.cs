namespace Engine.Emulator.Devices;

/// <summary>A device whose registers are mapped into the guest's physical address space.</summary>
public interface IMmioDevice
{
    /// <summary>A stable name; a snapshot finds the device's state by it.</summary>
    string Name { get; }

    /// <summary>Guest physical address of the first register.</summary>
    ulong BaseAddress { get; }

    /// <summary>Bytes of address space the registers occupy.</summary>
    ulong Size { get; }

    /// <summary>Reads a register.</summary>
    /// <param name="offset">Byte offset from <see cref="BaseAddress"/>.</param>
    /// <param name="size">Bytes: 1, 2, 4 or 8.</param>
    ulong Read(ulong offset, int size);

    /// <summary>Writes a register.</summary>
    /// <param name="offset">Byte offset from <see cref="BaseAddress"/>.</param>
    /// <param name="value">The value, zero-extended.</param>
    /// <param name="size">Bytes: 1, 2, 4 or 8.</param>
    void Write(ulong offset, ulong value, int size);

    /// <summary>Writes the device's whole state to a snapshot.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Sets the device to the state <see cref="Save"/> wrote.</summary>
    void Restore(BinaryReader reader);
}
