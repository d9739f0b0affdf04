using Engine.Storage.Journals;

namespace Engine.Cluster.Publishing;

/// <summary>
/// Keeps a journal's segments from being deleted until the hub has them, by a bookmark, and no more bytes than the limit says. Used by
/// one thread.
/// </summary>
internal sealed class JournalKeeper(string directory, long maxBytes)
{
    public const string Bookmark = "cluster";

    private readonly List<(long Segment, long FirstFrame)> _segments = [];
    private long _kept;

    /// <summary>Bytes that are kept, when that was last looked at.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>Segments that were given over because there were too many bytes.</summary>
    public long GivenUp { get; private set; }

    /// <summary>Protects everything from here on that no earlier life had released.</summary>
    public void Begin()
    {
        _kept = JournalBookmark.Find(directory, Bookmark)?.Segment ?? 0;
        if (_kept > 0)
            return;
        _kept = Math.Max(1, SegmentsOnDisk().Select(static segment => segment.Number).FirstOrDefault());
        Save();
    }

    /// <summary>A frame was read.</summary>
    public void Note(JournalPosition position, long frame)
    {
        if (_segments.Count == 0 || _segments[^1].Segment < position.Segment)
            _segments.Add((position.Segment, frame));
    }

    /// <summary>The hub has all frames up to this one: the segments before the next one's may go.</summary>
    public void Release(long throughFrame)
    {
        int known = _segments.FindLastIndex(segment => segment.FirstFrame <= throughFrame + 1);
        if (known < 0)
            return;
        long first = _segments[known].Segment;
        _segments.RemoveRange(0, known);
        if (first <= _kept)
            return;
        _kept = first;
        Save();
    }

    /// <summary>Looks at the bytes, and gives over the oldest segments where there are too many.</summary>
    /// <returns>Segments given over.</returns>
    public int Limit()
    {
        List<(long Number, long Bytes)> kept = [.. SegmentsOnDisk().Where(segment => segment.Number >= _kept)];
        long bytes = kept.Sum(static segment => segment.Bytes);
        int given = 0;
        // The one that is being written is nobody's to delete.
        while (bytes > maxBytes && given + 1 < kept.Count)
            bytes -= kept[given++].Bytes;
        KeptBytes = bytes;
        if (given == 0)
            return 0;
        _kept = kept[given].Number;
        GivenUp += given;
        Save();
        return given;
    }

    private void Save() => JournalBookmark.Save(directory, Bookmark, new JournalPosition(_kept, 0));

    private List<(long Number, long Bytes)> SegmentsOnDisk()
    {
        var files = new DiskFiles(directory);
        return [.. JournalDirectory.Segments(files).Select(number =>
        {
            var file = new FileInfo(Path.Combine(directory, JournalDirectory.NameOf(number)));
            return (number, file.Exists ? file.Length : 0);
        })];
    }
}
