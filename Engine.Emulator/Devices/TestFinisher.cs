using Engine.Emulator.Platform;

namespace Engine.Emulator.Devices;

/// <summary>The board's test finisher: a store to it ends the run.</summary>
public sealed class TestFinisher : IMmioDevice, IExitDevice
{
    private const uint Fail = 0x3333;
    private const uint Pass = 0x5555;
    private const uint Reset = 0x7777;

    /// <inheritdoc/>
    public string Name => "test-finisher";

    /// <inheritdoc/>
    public ulong BaseAddress => BoardLayout.TestFinisherBase;

    /// <inheritdoc/>
    public ulong Size => BoardLayout.TestFinisherSize;

    /// <inheritdoc/>
    public bool ExitRequested { get; private set; }

    /// <inheritdoc/>
    public int ExitCode { get; private set; }

    /// <summary>Whether the guest asked for a reset of the board rather than for its end.</summary>
    public bool ResetRequested { get; private set; }

    /// <inheritdoc/>
    public ulong Read(ulong offset, int size) => 0;

    /// <inheritdoc/>
    public void Write(ulong offset, ulong value, int size)
    {
        if (offset != 0 || size < 2)
            return;

        uint command = (uint)value & 0xFFFF;
        if (command is not (Fail or Pass or Reset))
            return;

        ExitRequested = true;
        ResetRequested = command == Reset;
        ExitCode = command == Fail && size >= 4 ? (int)(((uint)value >> 16) & 0xFFFF) : 0;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        writer.Write(ExitRequested);
        writer.Write(ResetRequested);
        writer.Write(ExitCode);
    }

    /// <inheritdoc/>
    public void Restore(BinaryReader reader)
    {
        ExitRequested = reader.ReadBoolean();
        ResetRequested = reader.ReadBoolean();
        ExitCode = reader.ReadInt32();
    }
}
