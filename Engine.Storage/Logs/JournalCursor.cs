using Engine.Storage.Codecs;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Storage.Logs;

/// <summary>
/// Goes to frames of a journal by their numbers, forward and backward; to the next one without a search. Used by one thread.
/// </summary>
internal sealed class JournalCursor(IJournalFiles files, JournalCodecs codecs, JournalEventTypes types) : IDisposable
{
    // First frames of segments, which do not change; and where the frames of the segment are in which was searched last.
    private readonly Dictionary<long, long> _firstFrames = [];
    private SegmentIndex? _index;
    private JournalReader? _reader;
    private JournalFrame? _frame;
    private FrameRecords? _records;

    /// <summary>The frame on which it is.</summary>
    public FrameHeader Header => _frame!.Value.Header;

    /// <summary>The name of the frame's events, the same for all their versions.</summary>
    public string EventName => types.EventNameOf(Header.Stream);

    /// <summary>The events of the frame; decoded once.</summary>
    /// <exception cref="InvalidDataException">Their type is not known here, or their bytes are none of it.</exception>
    public FrameRecords Records => _records ??= types.Of(Header.Stream).Decode(_frame!.Value);

    /// <summary>The number of the first frame that is there; null if there is none.</summary>
    public long? FirstFrame()
    {
        foreach (long segment in JournalDirectory.Segments(files))
        {
            if (FirstFrameOf(segment) is { } first)
                return first;
        }

        return null;
    }

    /// <summary>Goes to a frame, or to the next good one behind it.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveTo(long frameNumber)
    {
        if (_frame is { } at && at.Header.FrameNumber == frameNumber)
            return true;
        bool isNext = _frame is { } before && before.Header.FrameNumber == frameNumber - 1;
        return (isNext && TryTake(frameNumber)) || (Seek(frameNumber, allowsLater: true) && TryTake(frameNumber));
    }

    /// <summary>Goes to a frame, or to the next good one before it.</summary>
    /// <returns>False if there is none.</returns>
    public bool MoveBackTo(long frameNumber, long first)
    {
        for (long wanted = frameNumber; wanted >= first; wanted--)
        {
            if (_frame is { } at && at.Header.FrameNumber == wanted)
                return true;
            if (Seek(wanted, allowsLater: false) && TryTake(wanted) && Header.FrameNumber == wanted)
                return true;
        }

        return false;
    }

    /// <summary>Forgets where it is: after an error, or when it will not be asked for long.</summary>
    public void Dispose()
    {
        _reader?.Dispose();
        (_reader, _frame, _records) = (null, null, null);
    }

    private bool TryTake(long frameNumber)
    {
        (_frame, _records) = (null, null);
        while (_reader!.TryRead(out JournalFrame frame))
        {
            if (frame.Header.FrameNumber < frameNumber)
                continue;
            _frame = frame;
            return true;
        }

        return false;
    }

    private bool Seek(long frameNumber, bool allowsLater)
    {
        (_frame, _records) = (null, null);
        List<long> segments = JournalDirectory.Segments(files);
        for (int i = SegmentFor(segments, frameNumber); i < segments.Count; i++)
        {
            if (_index?.Segment != segments[i])
                _index = new SegmentIndex(files, segments[i], reads: false);
            if (_index.Last is not { } last || last.FrameNumber < frameNumber)
                _index.Refresh();
            if (_index.Find(frameNumber) is not { } entry)
                continue;
            if (!allowsLater && entry.FrameNumber != frameNumber)
                return false;
            _reader?.Dispose();
            _reader = JournalReader.Open(files, codecs);
            _reader.Seek(new JournalPosition(segments[i], entry.Offset));
            return true;
        }

        return false;
    }

    // The last one that begins with the frame or before it.
    private int SegmentFor(List<long> segments, long frameNumber)
    {
        int low = 0;
        int high = segments.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            int at = middle;
            long? first = null;
            while (at <= high && (first = FirstFrameOf(segments[at])) is null)
                at++;
            if (first <= frameNumber)
                low = at;
            else
                high = middle - 1;
        }

        return Math.Max(0, low);
    }

    private long? FirstFrameOf(long segment)
    {
        if (_firstFrames.TryGetValue(segment, out long known))
            return known;
        try
        {
            using var scanner = new SegmentScanner(files, segment);
            ScanResult result;
            while ((result = scanner.Next(reads: false)) is ScanResult.Frame or ScanResult.Damage)
            {
                if (result == ScanResult.Frame)
                    return _firstFrames[segment] = scanner.Header!.FrameNumber;
            }
        }
        catch (FileNotFoundException)
        {
            // Deleted meanwhile.
        }

        return null;
    }
}
