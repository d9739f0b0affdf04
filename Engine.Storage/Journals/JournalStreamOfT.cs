using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Storage.Codecs;
using Engine.Storage.Frames;

namespace Engine.Storage.Journals;

/// <summary>
/// Encodes events straight from a ring's span into a frame. Dispatchers append, one at a time; the journal's writer looks in from time
/// to time for frames that have waited long enough. What finds no room is dropped and named by the next frame.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class JournalStream<T> : JournalStream
    where T : unmanaged, IEvent<T>
{
    // So that room for the worst case of one piece is not that of a whole frame.
    private const int PieceEvents = 2048;

    private readonly Lock _lock = new();
    private readonly JournalWriter _writer;
    private readonly IJournalCodec<T> _codec;
    private IJournalEncoder<T>? _encoder;
    private DraftFrame? _draft;
    private FrameLoss _loss;
    private long _next = -1;
    private long _instructionCount;
    private bool _isEnded;
    private long _recorded;
    private long _lostInRing;
    private long _dropped;

    public JournalStream(JournalWriter writer, FrameStream identity, IJournalCodec<T> codec, int codecId)
        : base(identity, codecId)
    {
        _writer = writer;
        _codec = codec;
    }

    public override long RecordedCount => Volatile.Read(ref _recorded);

    public override long LostInRingCount => Volatile.Read(ref _lostInRing);

    public override long DroppedCount => Volatile.Read(ref _dropped);

    /// <summary>Records events that lie in a row. What a codec throws comes out, and the events it did not take are lost by name.</summary>
    public void Append(ReadOnlySpan<T> events, in Envelope envelope)
    {
        lock (_lock)
        {
            if (_isEnded)
                return;
            // A virtual CPU that has been set back publishes again what is recorded: the same events, by the same sequences.
            long first = Math.Max(envelope.Sequence, _next);
            if (first >= envelope.Sequence + events.Length)
                return;
            events = events[(int)(first - envelope.Sequence)..];
            if (_next != first)
            {
                // The first events of all, or some that were not offered: a gap that nobody has told of.
                HandOver();
                _next = first;
            }

            _instructionCount = envelope.InstructionCount;
            while (!events.IsEmpty)
            {
                int count;
                try
                {
                    if (_draft is null && !TryBegin(envelope))
                    {
                        Drop(events.Length);
                        return;
                    }

                    count = Math.Min(Math.Min(events.Length, PieceEvents), _writer.Options.FrameEvents - _draft!.Count);
                    Encode(_draft, events[..count]);
                }
                catch
                {
                    // A codec of the user's own.
                    DiscardDraft();
                    Drop(events.Length);
                    throw;
                }

                _next += count;
                Volatile.Write(ref _recorded, _recorded + count);
                events = events[count..];
                if (_draft.Count == _writer.Options.FrameEvents)
                    HandOver();
            }
        }
    }

    /// <summary>Events are missing before the next ones.</summary>
    public void NoteLoss(in LossNotice notice)
    {
        lock (_lock)
        {
            // What was recorded before the virtual CPU was set back is not lost.
            if (_isEnded || notice.LastSequence < _next)
                return;
            HandOver();
            LossCause cause = notice.Cause == OverflowPolicy.DropOldest ? LossCause.RingDroppedOldest : LossCause.RingDroppedIncoming;
            _loss = _loss.Join(new FrameLoss(notice.FirstSequence, notice.Count, cause));
            _next = notice.LastSequence + 1;
            Volatile.Write(ref _lostInRing, _lostInRing + notice.Count);
        }
    }

    public override void SealIfOlder(long startedBefore)
    {
        if (Volatile.Read(ref _draft) is not { } draft || draft.StartedAt > startedBefore || !_lock.TryEnter())
            return;
        try
        {
            HandOver();
        }
        finally
        {
            _lock.Exit();
        }
    }

    public override void Seal()
    {
        lock (_lock)
            HandOver();
    }

    public override void End()
    {
        lock (_lock)
        {
            if (_isEnded)
                return;
            HandOver();
            _isEnded = true;
            if (_next >= 0)
            {
                _writer.Enqueue(new DraftFrame(this, _next, _instructionCount, MonotonicClock.Now, _writer.NextTime())
                {
                    Kind = FrameKind.End,
                    LostBefore = _loss,
                });
            }
        }
    }

    private bool TryBegin(in Envelope envelope)
    {
        if (!_writer.WaitForRoom())
            return false;
        (_encoder ??= _codec.CreateEncoder()).Begin();
        Volatile.Write(
            ref _draft,
            new DraftFrame(this, _next, envelope.InstructionCount, MonotonicClock.Now, _writer.NextTime()) { LostBefore = _loss });
        _loss = default;
        return true;
    }

    private void Encode(DraftFrame draft, ReadOnlySpan<T> events)
    {
        Span<byte> room = draft.Room(_codec.MaxLength(events.Length));
        draft.Length += Checked(_encoder!.Encode(events, room), room);
        draft.Count += events.Length;
        draft.LastInstructionCount = _instructionCount;
    }

    private int Checked(int written, Span<byte> room) => (uint)written <= (uint)room.Length
        ? written
        : throw new InvalidOperationException(
            $"Codec {CodecId} of \"{Identity.EventType}\" says that it wrote {written} bytes, and had room for {room.Length}.");

    // What a codec has begun and not ended is dropped by name: half a frame would be read as other events.
    private void DiscardDraft()
    {
        if (_draft is not { } draft)
            return;
        Volatile.Write(ref _draft, null);
        Volatile.Write(ref _recorded, _recorded - draft.Count);
        Volatile.Write(ref _dropped, _dropped + draft.Count);
        _loss = draft.LostBefore.Join(new FrameLoss(draft.FirstSequence, draft.Count, LossCause.JournalDropped));
        draft.Return();
    }

    // Whoever flushes or closes is not at fault where a codec throws, nor are the next events: it is told as a fault of the journal.
    private void HandOver()
    {
        if (_draft is not { } draft)
            return;
        try
        {
            Span<byte> room = draft.Room(_codec.MaxLength(0));
            draft.Length += Checked(_encoder!.End(room), room);
            draft.Seal();
        }
        catch (Exception exception)
        {
            DiscardDraft();
            _writer.Report(exception);
            return;
        }

        Volatile.Write(ref _draft, null);
        _writer.Enqueue(draft);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Drop(int count)
    {
        _loss = _loss.Join(new FrameLoss(_next, count, LossCause.JournalDropped));
        _next += count;
        Volatile.Write(ref _dropped, _dropped + count);
    }
}
