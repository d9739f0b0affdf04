using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>What opening a journal found of the writer before.</summary>
/// <param name="LastFrameNumber">The number of the last good frame; 0 if there is none.</param>
/// <param name="LastSegment">The number of the last segment; 0 if there is none.</param>
/// <param name="CutBytes">Bytes of torn frames at the ends of segments that were cut off.</param>
/// <param name="CutEvents">Events in them, as far as their headers can be read.</param>
/// <param name="DamagedRanges">
/// Places that are no good frame although good ones lie behind them, in what was looked at. They stay.
/// </param>
public sealed record JournalRecovery(long LastFrameNumber, long LastSegment, long CutBytes, long CutEvents, int DamagedRanges)
{
    private FramePlace _last;
    private FrameHeader? _lastHeader;
    private long _generation;

    /// <summary>Whether there was a torn end.</summary>
    public bool HasCut => CutBytes > 0;

    /// <summary>Bytes that had to be read, because they were not known to be durable.</summary>
    public long ScannedBytes { get; private init; }

    /// <summary>The segment that has the last good frame; 0 if there is none.</summary>
    internal long LastFrameSegment => _last.Segment;

    /// <summary>The session before; 0 if there was none.</summary>
    internal long LastSession => _lastHeader?.Stream.Session ?? 0;

    /// <summary>When the last frame was begun.</summary>
    internal DateTimeOffset LastTime => _lastHeader?.Time ?? DateTimeOffset.MinValue;

    /// <summary>One line.</summary>
    public override string ToString() => LastSegment == 0
        ? "a new journal"
        : FormattableString.Invariant($"{LastFrameNumber:N0} frames in {LastSegment:N0} segments, {CutBytes:N0} bytes cut ")
            + FormattableString.Invariant($"({CutEvents:N0} events), {DamagedRanges:N0} damaged places");

    /// <summary>
    /// Finds the end of a journal, cuts off what was being written when its writer was killed, and makes durable what is left: it may
    /// be in the system's memory only, and whoever reads it from now on relies on it. Looks at what comes behind the last frame that
    /// was noted as durable (<see cref="JournalMark"/>); without such a note at the last segment that has frames.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read or cut.</exception>
    internal static JournalRecovery Run(IJournalFiles files)
    {
        List<long> segments = JournalDirectory.Segments(files);
        if (segments.Count == 0)
            return new JournalRecovery(0, 0, 0, 0, 0);
        IReadOnlyList<(long Generation, FramePlace Place)> marks = JournalMark.Read(files);
        var recovery = new JournalRecovery(0, segments[^1], 0, 0, 0) { _generation = marks.Count == 0 ? 0 : marks[0].Generation };
        foreach ((_, FramePlace place) in marks)
        {
            if (segments.Contains(place.Segment) && FrameAt(files, place) is { } header)
                return (recovery with { _lastHeader = header }).From(files, segments, place);
        }

        return recovery.FromLastSegment(files, segments);
    }

    /// <summary>Opens the mark for the writer that comes now.</summary>
    /// <returns>Null if that cannot be done: then the next opening takes longer.</returns>
    internal JournalMark? OpenMark(IJournalFiles files)
    {
        try
        {
            var mark = JournalMark.Open(files, _generation);
            if (LastFrameNumber > 0)
                mark.Write(_last, 0);
            return mark;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FrameHeader? FrameAt(IJournalFiles files, in FramePlace place)
    {
        if (place.Offset < 0)
            return null;
        using var scanner = new SegmentScanner(files, place.Segment) { Position = place.Offset };
        return scanner.Next(reads: true) == ScanResult.Frame && scanner.Header!.FrameNumber == place.FrameNumber
            && scanner.Position == place.End ? scanner.Header : null;
    }

    private JournalRecovery From(IJournalFiles files, List<long> segments, in FramePlace place)
    {
        JournalRecovery found = this with { LastFrameNumber = place.FrameNumber, _last = place };
        foreach (long segment in segments)
        {
            if (segment >= place.Segment)
                found = found.RunOn(files, segment, segment == place.Segment ? place.End : 0);
        }

        files.SynchronizeNames();
        return found;
    }

    private JournalRecovery FromLastSegment(IJournalFiles files, List<long> segments)
    {
        JournalRecovery found = this;
        int i = segments.Count - 1;
        // The last one may be empty, if the writer was killed before its first frame.
        for (; i >= 0 && found.LastFrameNumber == 0; i--)
            found = found.RunOn(files, segments[i], 0);
        for (; i >= 0; i--)
        {
            using IJournalFile file = files.Open(JournalDirectory.NameOf(segments[i]), writes: true);
            file.Synchronize();
        }

        files.SynchronizeNames();
        return found;
    }

    private JournalRecovery RunOn(IJournalFiles files, long segment, long from)
    {
        long end;
        long length;
        JournalRecovery found = this;
        using (var scanner = new SegmentScanner(files, segment) { Position = from })
        {
            ScanResult result;
            while ((result = scanner.Next(reads: true)) is ScanResult.Frame or ScanResult.Damage)
                found = result == ScanResult.Frame ? found.With(scanner, segment) : found with { DamagedRanges = found.DamagedRanges + 1 };
            end = scanner.FoundAt;
            length = scanner.FileLength;
            if (result == ScanResult.TornTail)
            {
                found = found with
                {
                    CutBytes = found.CutBytes + TornBytes(scanner),
                    CutEvents = found.CutEvents + (scanner.Header?.Count ?? 0),
                };
            }
        }

        using IJournalFile file = files.Open(JournalDirectory.NameOf(segment), writes: true);
        if (end != length)
            file.SetLength(end);
        file.Synchronize();
        return found with { ScannedBytes = found.ScannedBytes + end - from };
    }

    private JournalRecovery With(SegmentScanner scanner, long segment)
    {
        FrameHeader header = scanner.Header!;
        return header.FrameNumber <= LastFrameNumber
            ? this
            : this with
            {
                LastFrameNumber = header.FrameNumber,
                _last = new FramePlace(segment, scanner.FoundAt, scanner.Position, header.FrameNumber),
                _lastHeader = header,
            };
    }

    private static long TornBytes(SegmentScanner scanner) => Math.Min(
        scanner.FileLength - scanner.FoundAt,
        scanner.Header is { } header ? header.FrameLength : scanner.FileLength - scanner.FoundAt);
}
