using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>Follows the frames of one stream and notes what is missing between them.</summary>
internal sealed class StreamAuditor(FrameHeader first)
{
    private readonly List<JournalGap> _gaps = [];
    private readonly long _firstSequence = first.LostBefore.Count > 0 ? first.LostBefore.FirstSequence : first.FirstSequence;
    private long _next = first.LostBefore.Count > 0 ? first.LostBefore.FirstSequence : first.FirstSequence;
    private long _events;
    private long _bytes;
    private int _frames;
    private bool _isEnded;

    public void Take(FrameHeader header)
    {
        _frames++;
        _bytes += header.FrameLength;
        FrameLoss loss = header.LostBefore;
        if (loss.Count > 0)
        {
            NoteMissingUpTo(loss.FirstSequence);
            _gaps.Add(new JournalGap(loss.FirstSequence, loss.EndSequence - 1, loss.Cause));
            _next = loss.EndSequence;
        }

        NoteMissingUpTo(header.FirstSequence);
        _next = header.EndSequence;
        _events += header.Count;
        _isEnded |= header.Kind == FrameKind.End;
    }

    public JournalStreamAudit Result(JournalDeletion deletion)
    {
        JournalGap? deleted = deletion.Of(first.Stream) is { } gap && gap.FirstSequence < _firstSequence
            ? gap with { LastSequence = Math.Min(gap.LastSequence, _firstSequence - 1) }
            : null;
        // What is missing between that and the first event was not deleted.
        JournalGap[] lost = deleted is { } known && known.LastSequence + 1 < _firstSequence
            ? [new JournalGap(known.LastSequence + 1, _firstSequence - 1, LossCause.None)]
            : [];
        return new JournalStreamAudit(
            first.Stream, _firstSequence, _next, _events, _frames, _bytes, [.. lost, .. _gaps], _isEnded, deleted);
    }

    private void NoteMissingUpTo(long sequence)
    {
        if (sequence > _next)
            _gaps.Add(new JournalGap(_next, sequence - 1, LossCause.None));
    }
}
