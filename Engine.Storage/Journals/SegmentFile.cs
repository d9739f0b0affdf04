using Microsoft.Win32.SafeHandles;

namespace Engine.Storage.Journals;

/// <summary>
/// A segment that is being written. One thread writes; another one synchronizes it.
/// </summary>
internal sealed class SegmentFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _directory;
    private bool _isNameDurable;

    private SegmentFile(SafeFileHandle file, string directory, long number, long capacity)
    {
        _file = file;
        _directory = directory;
        Number = number;
        Capacity = capacity;
    }

    public long Number { get; }

    public long Capacity { get; }

    /// <summary>Where the next frame goes.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a segment; its space is reserved where the file system can.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static SegmentFile Create(string directory, long number, long capacity)
    {
        string path = JournalDirectory.PathOf(directory, number);
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, preallocationSize: capacity);
        }
        catch (IOException) when (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            // Not enough space for all of it, or no way to reserve any.
            File.Delete(path);
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        }

        return new SegmentFile(file, directory, number, capacity);
    }

    /// <summary>Writes a frame behind the others. If it throws, nothing was written as far as readers can tell.</summary>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> pieces, int length)
    {
        RandomAccess.Write(_file, pieces, Length);
        Length += length;
    }

    /// <summary>Makes what is written durable.</summary>
    public void Synchronize()
    {
        RandomAccess.FlushToDisk(_file);
        if (_isNameDurable)
            return;
        JournalDirectory.Synchronize(_directory);
        _isNameDurable = true;
    }

    /// <summary>Gives back what was reserved and is not needed.</summary>
    public void Trim() => RandomAccess.SetLength(_file, Length);

    public void Dispose() => _file.Dispose();
}
