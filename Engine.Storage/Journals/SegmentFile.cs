namespace Engine.Storage.Journals;

/// <summary>
/// A segment that is being written. One thread writes; another one synchronizes it.
/// </summary>
internal sealed class SegmentFile : IDisposable
{
    private readonly IJournalFiles _files;
    private readonly IJournalFile _file;
    private bool _isNameDurable;

    private SegmentFile(IJournalFiles files, IJournalFile file, long number, long capacity)
    {
        _files = files;
        _file = file;
        Number = number;
        Capacity = capacity;
    }

    public long Number { get; }

    public long Capacity { get; }

    /// <summary>Where the next frame goes.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a segment; its space is reserved where the file system can.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static SegmentFile Create(IJournalFiles files, long number, long capacity) =>
        new(files, files.Create(JournalDirectory.NameOf(number), capacity), number, capacity);

    /// <summary>Writes a frame behind the others. If it throws, nothing was written as far as readers can tell.</summary>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> pieces, int length)
    {
        _file.Write(pieces, Length);
        Length += length;
    }

    /// <summary>Makes what is written durable.</summary>
    public void Synchronize()
    {
        _file.Synchronize();
        if (_isNameDurable)
            return;
        _files.SynchronizeNames();
        _isNameDurable = true;
    }

    /// <summary>Gives back what was reserved and is not needed.</summary>
    public void Trim() => _file.SetLength(Length);

    public void Dispose() => _file.Dispose();
}
