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

    public JournalStreamAudit Result() => new(first.Stream, _firstSequence, _next, _events, _frames, _bytes, [.. _gaps], _isEnded);

    private void NoteMissingUpTo(long sequence)
    {
        if (sequence > _next)
            _gaps.Add(new JournalGap(_next, sequence - 1, LossCause.None));
    }
}
