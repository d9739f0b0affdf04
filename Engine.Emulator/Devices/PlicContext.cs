namespace Engine.Emulator.Devices;

/// <summary>What the PLIC keeps for one target, which is a hart in one privilege mode.</summary>
/// <param name="lines">The hart's interrupt inputs.</param>
/// <param name="interruptCause">The one that this target drives.</param>
internal sealed class PlicContext(IInterruptLines lines, int interruptCause)
{
    public int InterruptCause { get; } = interruptCause;

    /// <summary>One bit per source, in words of 32.</summary>
    public uint[] Enabled { get; } = new uint[Plic.WordCount];

    /// <summary>Sources of this or a lower priority do not interrupt.</summary>
    public uint Threshold { get; set; }

    /// <summary>Drives the hart's input.</summary>
    public void SetLine(bool asserted) => lines.SetLine(InterruptCause, asserted);

    public void Save(BinaryWriter writer)
    {
        foreach (uint word in Enabled)
            writer.Write(word);
        writer.Write(Threshold);
    }

    public void Restore(BinaryReader reader)
    {
        for (int word = 0; word < Enabled.Length; word++)
            Enabled[word] = reader.ReadUInt32();
        Threshold = reader.ReadUInt32();
    }
}
