using System.Runtime.InteropServices;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Storage.Logs;

/// <summary>
/// Where the frames of one segment are, as far as was looked; goes on where it ended, so that to look again costs what is new. Used by
/// one thread.
/// </summary>
/// <param name="files">The journal.</param>
/// <param name="segment">The segment's number.</param>
/// <param name="reads">Whether payloads are compared with their checksums: what is being written must not count.</param>
internal sealed class SegmentIndex(IJournalFiles files, long segment, bool reads)
{
    private readonly List<Entry> _entries = [];
    private long _position;
    private bool _isLookedAt;

    public long Segment => segment;

    /// <summary>The frame found last; null if there is none yet.</summary>
    public Entry? Last => _entries.Count == 0 ? null : _entries[^1];

    /// <summary>Looks for more frames.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Refresh()
    {
        int before = _entries.Count;
        try
        {
            using IJournalFile file = files.Open(JournalDirectory.NameOf(segment), writes: false);
            if (_isLookedAt && !HasMore(file, _position))
                return false;
            using var scanner = new SegmentScanner(files, segment) { Position = _position };
            while (!_isLookedAt || HasMore(file, scanner.Position))
            {
                ScanResult result = scanner.Next(reads);
                if (result is not (ScanResult.Frame or ScanResult.Damage))
                    break;
                if (result == ScanResult.Frame && scanner.Header is { } header)
                    _entries.Add(new Entry(header.FrameNumber, scanner.FoundAt, header.Kind == FrameKind.Events ? header.Count : 0));
            }

            _position = scanner.Position;
            _isLookedAt = true;
        }
        catch (FileNotFoundException)
        {
            // Deleted meanwhile: there is nothing more.
        }

        return _entries.Count > before;
    }

    /// <summary>The frame with a number or the next one; null if none was found.</summary>
    public Entry? Find(long frameNumber)
    {
        Span<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        int index = entries.BinarySearch(new Entry(frameNumber, 0, 0));
        index = index < 0 ? ~index : index;
        return index < entries.Length ? entries[index] : null;
    }

    // Where a segment has ended once, what its writer adds begins right there: not all that it has reserved need be searched again.
    private static bool HasMore(IJournalFile file, long position)
    {
        Span<byte> next = stackalloc byte[sizeof(long)];
        return file.Read(next, position) == next.Length && next.ContainsAnyExcept((byte)0);
    }

    /// <summary>A frame.</summary>
    /// <param name="FrameNumber">Its number.</param>
    /// <param name="Offset">Where it begins.</param>
    /// <param name="Count">Its events.</param>
    internal readonly record struct Entry(long FrameNumber, long Offset, int Count) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => FrameNumber.CompareTo(other.FrameNumber);
    }
}
