namespace Engine.Storage.Journals;

/// <summary>
/// Reads a file through a piece of it that is kept in memory, so that many small frames cost one call of the system. What it has
/// read may be out of date where a writer is at work. Used by one thread.
/// </summary>
internal sealed class SegmentWindow(IJournalFile file) : IDisposable
{
    private const int Bytes = 512 * 1024;
    private const int BytesAfterJump = 16 * 1024;

    private byte[] _bytes = [];
    private long _start;
    private int _length;

    /// <summary>Bytes of the file, when it was opened or looked at again.</summary>
    public long FileLength { get; private set; } = file.Length;

    /// <summary>The bytes at a place: as many as are asked for, or less at the end of the file. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> At(long position, int length)
    {
        if (position < _start || position + length > _start + _length)
            Load(position, length);
        return _bytes.AsMemory((int)(position - _start), (int)Math.Clamp(_start + _length - position, 0, length));
    }

    /// <summary>Forgets what was read, and looks whether the file has grown.</summary>
    public void Refresh()
    {
        _length = 0;
        FileLength = file.Length;
    }

    public void Dispose() => file.Dispose();

    private void Load(long position, int length)
    {
        if (_bytes.Length < Math.Max(length, Bytes))
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(length, Bytes));
        // Who jumps over bytes looks at headers only.
        int wanted = position <= _start + _length ? _bytes.Length : Math.Max(length, BytesAfterJump);
        _start = position;
        _length = 0;
        long left = Math.Max(0, FileLength - position);
        _length = file.Read(_bytes.AsSpan(0, (int)Math.Min(wanted, left)), position);
    }
}
