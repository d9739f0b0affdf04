using Microsoft.Win32.SafeHandles;

namespace Engine.Emulator.Devices.Virtio;

/// <summary>A raw image file as a medium. A last sector that the file does not fill reads as zeros.</summary>
public sealed class FileBlockStorage : IBlockStorage, IDisposable
{
    private readonly SafeFileHandle _file;

    private FileBlockStorage(SafeFileHandle file, bool isReadOnly)
    {
        _file = file;
        IsReadOnly = isReadOnly;
        long sectors = (RandomAccess.GetLength(file) + VirtioBlock.SectorByteCount - 1) / VirtioBlock.SectorByteCount;
        ByteCount = sectors * VirtioBlock.SectorByteCount;
    }

    /// <inheritdoc/>
    public long ByteCount { get; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <summary>Opens an image, read-only when the file does not allow more.</summary>
    /// <exception cref="IOException">The file is missing or in use.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not even be read.</exception>
    public static FileBlockStorage Open(string path)
    {
        try
        {
            return new FileBlockStorage(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read), isReadOnly: false);
        }
        catch (Exception error) when ((error is UnauthorizedAccessException or IOException) && File.Exists(path))
        {
            // The file or its file system may allow no writing; if there is another reason, this fails for it too.
            return new FileBlockStorage(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read), isReadOnly: true);
        }
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(_file, destination, offset);
            if (count == 0)
            {
                destination.Clear();
                return;
            }

            destination = destination[count..];
            offset += count;
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source) => RandomAccess.Write(_file, source, offset);

    /// <inheritdoc/>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
