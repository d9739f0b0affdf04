using Engine.Storage.Frames;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Logs;

/// <summary>Collects a page of records out of the frames of a journal.</summary>
internal sealed class JournalPage(JournalCursor cursor, EventFilter? filter, int limit, long tail, int maxFrames)
{
    private readonly List<StoredEvent> _events = [];
    private readonly List<EventLoss> _losses = [];
    private readonly long _tailFrame = JournalPlace.FrameOf(tail);

    public EventPage Forward(long from)
    {
        SequenceGap? gap = null;
        long next = from;
        for (int frames = 0; JournalPlace.FrameOf(next) <= _tailFrame && _events.Count < limit && frames < maxFrames; frames++)
        {
            long wanted = JournalPlace.FrameOf(next);
            bool isThere = cursor.MoveTo(wanted) && cursor.Header.FrameNumber <= _tailFrame;
            long found = isThere ? cursor.Header.FrameNumber : _tailFrame + 1;
            if (found > wanted)
            {
                // What is missing belongs before the page, so it begins another one.
                if (_events.Count > 0)
                    break;
                gap = new SequenceGap(gap?.From ?? next, JournalPlace.Of(found, 0) - 1);
                next = JournalPlace.Of(found, 0);
                continue;
            }

            next = Take(JournalPlace.IndexOf(next));
        }

        return new EventPage(_events, next, tail, gap) { Losses = _losses };
    }

    public EventPage Backward(long from)
    {
        long first = cursor.FirstFrame() ?? _tailFrame + 1;
        long next = Math.Min(from, tail);
        for (int frames = 0; next >= JournalPlace.Of(first, 0) && _events.Count < limit && frames < maxFrames; frames++)
        {
            if (!cursor.MoveBackTo(JournalPlace.FrameOf(next), first))
            {
                next = 0;
                break;
            }

            bool isThere = cursor.Header.FrameNumber == JournalPlace.FrameOf(next);
            int index = isThere ? JournalPlace.IndexOf(next) : int.MaxValue;
            next = TakeBackward(Math.Min(index, cursor.Header.Count - 1));
        }

        return new EventPage(_events, next < JournalPlace.Of(first, 0) ? 0 : next, tail, null);
    }

    /// <summary>The last frame that holds what the filter takes; null if there is none.</summary>
    public FrameHeader? LastFrame()
    {
        long first = cursor.FirstFrame() ?? _tailFrame + 1;
        for (long frame = _tailFrame; cursor.MoveBackTo(frame, first); frame = cursor.Header.FrameNumber - 1)
        {
            if (cursor.Header.Kind == FrameKind.Events && Takes(cursor.Header))
                return cursor.Header;
        }

        return null;
    }

    private long Take(int index)
    {
        FrameHeader header = cursor.Header;
        long end = JournalPlace.Of(header.FrameNumber + 1, 0);
        if (!Takes(header))
            return end;
        if (index == 0 && header.LostBefore is { Count: > 0 } lost)
        {
            _losses.Add(new EventLoss(
                cursor.EventName, JournalPlace.SourceOf(header.Stream), lost.FirstSequence, lost.Count,
                JournalPlace.Of(header.FrameNumber, 0)));
        }

        if (header.Kind != FrameKind.Events)
            return end;
        for (; index < header.Count && _events.Count < limit; index++)
            _events.Add(cursor.Records.Make(index));
        return index < header.Count ? JournalPlace.Of(header.FrameNumber, index) : end;
    }

    private long TakeBackward(int index)
    {
        FrameHeader header = cursor.Header;
        if (header.Kind == FrameKind.Events && Takes(header))
        {
            for (; index >= 0 && _events.Count < limit; index--)
                _events.Add(cursor.Records.Make(index));
            if (index >= 0)
                return JournalPlace.Of(header.FrameNumber, index);
        }

        return JournalPlace.Of(header.FrameNumber, 0) - 1;
    }

    private bool Takes(FrameHeader header) => filter is null
        || (filter.TakesType(cursor.EventName)
            && (filter.Key is null || filter.Key == header.Stream.VmId)
            && (filter.Source is null || filter.Source == JournalPlace.SourceOf(header.Stream))
            && (filter.CorrelationId is null || filter.CorrelationId == Guid.Empty)
            && (filter.From is null || header.Time >= filter.From)
            && (filter.To is null || header.Time < filter.To));
}
