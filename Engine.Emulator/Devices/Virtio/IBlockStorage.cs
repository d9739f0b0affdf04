namespace Engine.Emulator.Devices.Virtio;

/// <summary>The medium behind a block device. Whatever a member throws, the guest sees as an I/O error.</summary>
public interface IBlockStorage
{
    /// <summary>Length in bytes, a multiple of the sector size.</summary>
    long ByteCount { get; }

    bool IsReadOnly { get; }

    /// <summary>Fills the span from the medium.</summary>
    /// <exception cref="IOException">The medium failed.</exception>
    void Read(long offset, Span<byte> destination);

    /// <summary>Writes the span to the medium.</summary>
    /// <exception cref="IOException">The medium failed.</exception>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Makes all writes durable.</summary>
    /// <exception cref="IOException">The medium failed.</exception>
    void Flush();
}
