using Engine.Emulator.Devices.Virtio;

namespace Engine.Tests.Emulator.Devices.Virtio;

/// <summary>A medium in an array.</summary>
internal sealed class MemoryStorage(int sectorCount) : IBlockStorage
{
    public byte[] Bytes { get; } = new byte[sectorCount * VirtioBlock.SectorByteCount];

    public int FlushCount { get; private set; }

    /// <summary>Makes every access fail.</summary>
    public bool IsBroken { get; set; }

    public long ByteCount => Bytes.Length;

    public bool IsReadOnly { get; init; }

    public void Read(long offset, Span<byte> destination)
    {
        ThrowIfBroken();
        Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        ThrowIfBroken();
        source.CopyTo(Bytes.AsSpan((int)offset));
    }

    public void Flush()
    {
        ThrowIfBroken();
        FlushCount++;
    }

    private void ThrowIfBroken()
    {
        if (IsBroken)
            throw new IOException("The medium is broken.");
    }
}
