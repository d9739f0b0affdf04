namespace Engine.Emulator.Platform;

/// <summary>A range of physical addresses.</summary>
/// <param name="Start">First address.</param>
/// <param name="ByteCount">Length in bytes; the range does not wrap around.</param>
public readonly record struct AddressRange(ulong Start, ulong ByteCount)
{
    /// <summary>First address behind the range.</summary>
    public ulong End => Start + ByteCount;

    /// <summary>Whether all of a second range lies within this one.</summary>
    public bool Contains(ulong start, ulong byteCount) =>
        start >= Start && start - Start <= ByteCount && byteCount <= ByteCount - (start - Start);

    /// <inheritdoc/>
    public override string ToString() => $"0x{Start:x}..0x{End:x}";
}
