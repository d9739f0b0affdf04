using Engine.Emulator.Devices;

namespace Engine.Tests.Emulator.Causality;

/// <summary>Counts the accesses to its one register.</summary>
internal sealed class CountingDevice : IMmioDevice
{
    public string Name => "counting";

    public ulong BaseAddress => 0x1001_0000;

    public ulong Size => 0x1000;

    public int Accesses { get; private set; }

    public ulong Last { get; private set; }

    public ulong Read(ulong offset, int size)
    {
        Accesses++;
        return Last;
    }

    public void Write(ulong offset, ulong value, int size)
    {
        Accesses++;
        Last = value;
    }

    public void Save(BinaryWriter writer) => writer.Write(Last);

    public void Restore(BinaryReader reader) => Last = reader.ReadUInt64();
}
