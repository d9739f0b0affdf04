namespace Engine.Emulator.Cpu;

/// <summary>A counter that follows the retired instructions, may be written, and stands still while inhibited.</summary>
internal struct HartCounter
{
    // The value while inhibited, otherwise its difference from the retired instructions.
    private ulong _value;
    private bool _inhibited;

    /// <summary>The counter's value.</summary>
    public readonly ulong Read(ulong retired) => _inhibited ? _value : _value + retired;

    /// <summary>Sets the value that holds once <paramref name="retired"/> instructions have retired.</summary>
    public void Write(ulong value, ulong retired) => _value = _inhibited ? value : value - retired;

    /// <summary>Stops or starts the counter.</summary>
    public void Inhibit(bool inhibit, ulong retired)
    {
        ulong value = Read(retired);
        _inhibited = inhibit;
        Write(value, retired);
    }

    public readonly void Save(BinaryWriter writer)
    {
        writer.Write(_value);
        writer.Write(_inhibited);
    }

    public void Restore(BinaryReader reader)
    {
        _value = reader.ReadUInt64();
        _inhibited = reader.ReadBoolean();
    }
}
