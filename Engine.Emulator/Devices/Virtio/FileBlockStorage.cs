using Microsoft.Win32.SafeHandles;

namespace Engine.Emulator.Devices.Virtio;

/// <summary>A raw image file as a medium, for one machine at a time. A last sector that the file does not fill reads as zeros.</summary>
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

    /// <summary>
    /// Opens an image and locks it until it is disposed: against everybody where it may be written, against writers where it is
    /// read-only. The lock is advisory on Unix; programs that ask for none are not kept out.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="isReadOnly">Whether the guest may only read. A file that does not allow writing is read-only in any case.</param>
    /// <exception cref="IOException">The file is missing, or in use by another machine or program.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not even be read.</exception>
    public static FileBlockStorage Open(string path, bool isReadOnly = false)
    {
        if (!isReadOnly)
        {
            try
            {
                return new FileBlockStorage(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None), isReadOnly: false);
            }
            catch (Exception error) when (
                error is UnauthorizedAccessException || (error is IOException && !IsInUse(error) && File.Exists(path)))
            {
                // The file or its file system may allow no writing; if there is another reason, what follows fails for it too.
            }
            catch (IOException error) when (IsInUse(error))
            {
                throw InUse(path, "read or written", error);
            }
        }

        try
        {
            return new FileBlockStorage(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read), isReadOnly: true);
        }
        catch (IOException error) when (IsInUse(error))
        {
            throw InUse(path, "written", error);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The image has been closed.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
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
    /// <exception cref="ObjectDisposedException">The image has been closed.</exception>
    public void Write(long offset, ReadOnlySpan<byte> source) => RandomAccess.Write(_file, source, offset);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The image has been closed.</exception>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static IOException InUse(string path, string use, IOException error) =>
        new($"The disk image {path} is being {use} by another machine or program.", error);

    /// <summary>Whether another has locked the file: EWOULDBLOCK on Linux and macOS, a sharing or lock violation on Windows.</summary>
    private static bool IsInUse(Exception error) => error.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);
}
