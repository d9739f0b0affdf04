namespace Engine.Emulator.Devices;

/// <summary>Guest physical RAM as a device sees it for DMA.</summary>
public interface IGuestMemory
{
    /// <summary>Copies from RAM; false when the range is not all RAM.</summary>
    bool TryRead(ulong address, Span<byte> destination);

    /// <summary>Copies into RAM and invalidates code decoded from the range; false when the range is not all RAM.</summary>
    bool TryWrite(ulong address, ReadOnlySpan<byte> source);
}
