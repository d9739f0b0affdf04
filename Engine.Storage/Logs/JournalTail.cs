using Engine.Storage.Journals;

namespace Engine.Storage.Logs;

/// <summary>
/// Up to where a journal can be relied on. What was found behind the last look is synchronized before it counts: else who reads could
/// remember a place that a loss of power takes away, and that other events get later. Used by one thread.
/// </summary>
internal sealed class JournalTail(IJournalFiles files)
{
    private SegmentIndex? _index;

    /// <summary>The place of the last durable event; 0 if there is no frame.</summary>
    public long Place { get; private set; }

    /// <summary>Looks again.</summary>
    /// <exception cref="IOException">The disk has failed.</exception>
    public void Refresh()
    {
        List<long> segments = JournalDirectory.Segments(files);
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            bool isKnown = _index?.Segment == segments[i];
            SegmentIndex index = isKnown ? _index! : new SegmentIndex(files, segments[i], reads: true);
            bool isNew = index.Refresh();
            if (index.Last is not { } last)
                continue;
            if (isNew)
            {
                Synchronize(segments, i, _index?.Segment ?? 0);
                Place = Math.Max(Place, JournalPlace.Of(last.FrameNumber, Math.Max(0, last.Count - 1)));
            }

            _index = index;
            return;
        }
    }

    // Those since the last look; at the first one as many as a writer may have left.
    private void Synchronize(List<long> segments, int last, long known)
    {
        int first = known > 0 ? segments.FindIndex(segment => segment >= known) : last - JournalSynchronizer.MaxUnsynchronizedSegments;
        for (int i = Math.Max(0, first); i <= last; i++)
        {
            try
            {
                using IJournalFile file = files.Open(JournalDirectory.NameOf(segments[i]), writes: false);
                file.Synchronize();
            }
            catch (FileNotFoundException)
            {
                // Deleted meanwhile.
            }
        }
    }
}
