using static Engine.Emulator.Devices.UartRegisters;

namespace Engine.Emulator.Devices;

/// <summary>The receiver half of a 16550A: a FIFO of 16 bytes, or one holding register while FIFOs are off.</summary>
internal sealed class UartReceiveFifo
{
    private const int FifoCapacity = 16;
    private static readonly int[] TriggerLevels = [1, 4, 8, 14];

    private readonly Queue<byte> _bytes = new(FifoCapacity);
    private int _triggerIndex;

    public bool IsFifoEnabled { get; private set; }

    /// <summary>Whether a byte was lost since the line status was last read.</summary>
    public bool HasOverrun { get; private set; }

    public bool IsEmpty => _bytes.Count == 0;

    public bool IsFull => _bytes.Count >= Capacity;

    /// <summary>Whether enough bytes are there for the data interrupt; fewer are announced as a character timeout.</summary>
    public bool IsTriggered => !IsFifoEnabled || _bytes.Count >= TriggerLevels[_triggerIndex];

    private int Capacity => IsFifoEnabled ? FifoCapacity : 1;

    public void Receive(byte value)
    {
        if (IsFull)
        {
            HasOverrun = true;

            // The FIFO keeps its contents; a lone holding register is overwritten.
            if (IsFifoEnabled)
                return;

            _bytes.Clear();
        }

        _bytes.Enqueue(value);
    }

    public byte Take() => _bytes.TryDequeue(out byte value) ? value : (byte)0;

    public bool TakeOverrun()
    {
        bool overrun = HasOverrun;
        HasOverrun = false;
        return overrun;
    }

    public void WriteFifoControl(byte value)
    {
        bool enable = (value & FcrEnable) != 0;
        if (enable != IsFifoEnabled || (value & FcrClearReceive) != 0)
            _bytes.Clear();
        IsFifoEnabled = enable;

        // The other bits of the register count only while its enable bit is set.
        _triggerIndex = enable ? value >> 6 : 0;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(IsFifoEnabled);
        writer.Write((byte)_triggerIndex);
        writer.Write(HasOverrun);
        writer.Write((byte)_bytes.Count);
        foreach (byte value in _bytes)
            writer.Write(value);
    }

    public void Restore(BinaryReader reader)
    {
        IsFifoEnabled = reader.ReadBoolean();
        _triggerIndex = reader.ReadByte() & 3;
        HasOverrun = reader.ReadBoolean();
        int count = reader.ReadByte();
        if (count > Capacity)
            throw new InvalidDataException($"UART state holds {count} received bytes; the most is {Capacity}.");

        _bytes.Clear();
        for (int index = 0; index < count; index++)
            _bytes.Enqueue(reader.ReadByte());
    }
}
