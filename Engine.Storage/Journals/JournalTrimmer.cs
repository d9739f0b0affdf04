using Engine.Primitives;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>Deletes old segments: first it is written down what goes, durably, and then they are unlinked, the oldest first.</summary>
internal sealed class JournalTrimmer(IJournalFiles files, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private bool _isClosed;

    /// <summary>Removes what a crash, or a loss of power, left of segments that had been deleted.</summary>
    public static void Finish(IJournalFiles files)
    {
        JournalDeletion deleted = JournalDeletion.Read(files);
        if (deleted.LastFrameNumber == 0)
            return;
        List<long> segments = JournalDirectory.Segments(files);
        foreach (long segment in segments.SkipLast(1))
        {
            if (FirstHeader(segment, files) is not { } header || header.FrameNumber > deleted.LastFrameNumber)
                return;
            files.Delete(JournalDirectory.NameOf(segment));
        }
    }

    /// <summary>Ends deletions; waits for the one that is under way.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    /// <summary>Deletes what may go.</summary>
    /// <param name="retention">What that is.</param>
    /// <param name="firstKept">This segment and later ones are not durable yet, or are being written.</param>
    public JournalTrimReport Run(JournalRetention retention, long firstKept)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(Journal));
            (string Name, long Segment)? bookmark = JournalBookmark.First(files);
            List<long> segments = JournalDirectory.Segments(files);
            long limit = Math.Min(firstKept, retention.KeepFromSegment ?? long.MaxValue);
            List<long> wanted = Wanted(retention, segments, limit);
            List<long> going = [.. wanted.Where(segment => bookmark is null || segment < bookmark.Value.Segment)];
            string? protectedBy = going.Count < wanted.Count ? bookmark!.Value.Name : null;
            return going.Count == 0
                ? new JournalTrimReport(0, 0, 0, 0, protectedBy)
                : Delete(going, segments[going.Count]) with { ProtectedBy = protectedBy };
        }
    }

    private List<long> Wanted(JournalRetention retention, List<long> segments, long limit)
    {
        var lengths = segments.ConvertAll(LengthOf);
        long total = lengths.Sum();
        DateTimeOffset? oldest = retention.MaxAge is { } age ? TimeEnds.Before(timeProvider.GetUtcNow(), age) : null;
        var wanted = new List<long>();
        for (int i = 0; i + 1 < segments.Count && segments[i] < limit; i++)
        {
            bool isUnwanted = segments[i] < (retention.BeforeSegment ?? 0)
                || total > (retention.MaxBytes ?? long.MaxValue)
                // Whatever is in it was begun before the first one of the next.
                || (oldest is { } time && FirstHeader(segments[i + 1], files) is { } next && next.Time < time);
            if (!isUnwanted)
                break;
            wanted.Add(segments[i]);
            total -= lengths[i];
        }

        return wanted;
    }

    private JournalTrimReport Delete(List<long> going, long firstLeft)
    {
        var report = new JournalTrimReport(going.Count, 0, 0, 0, null);
        long session = FirstHeader(firstLeft, files)?.Stream.Session ?? 0;
        JournalDeletion deletion = JournalDeletion.Read(files).With(Headers(), session, timeProvider.GetUtcNow());
        deletion.Write(files);
        foreach (long segment in going)
        {
            report = report with { Bytes = report.Bytes + LengthOf(segment) };
            files.Delete(JournalDirectory.NameOf(segment));
        }

        files.SynchronizeNames();
        return report;

        IEnumerable<FrameHeader> Headers()
        {
            foreach (long segment in going)
            {
                using var scanner = new SegmentScanner(files, segment);
                ScanResult result;
                while ((result = scanner.Next(reads: false)) is ScanResult.Frame or ScanResult.Damage)
                {
                    if (result == ScanResult.Damage)
                        continue;
                    report = report with { Frames = report.Frames + 1, Events = report.Events + scanner.Header!.Count };
                    yield return scanner.Header!;
                }
            }
        }
    }

    private long LengthOf(long segment)
    {
        using IJournalFile file = files.Open(JournalDirectory.NameOf(segment), writes: false);
        return file.Length;
    }

    private static FrameHeader? FirstHeader(long segment, IJournalFiles files)
    {
        using var scanner = new SegmentScanner(files, segment);
        ScanResult result;
        while ((result = scanner.Next(reads: false)) == ScanResult.Damage)
        {
        }

        return result == ScanResult.Frame ? scanner.Header : null;
    }
}
