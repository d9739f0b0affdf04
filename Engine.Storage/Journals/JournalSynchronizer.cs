using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>
/// Makes segments durable on a thread of its own.
/// <code>
/// Writer        1. write into a segment
///               2. in one step (lock): store the stream's written end, say that the segment was written, and where the frame is
///
/// Synchronizer  1. in one step (lock): take the segments that were written, note each stream's written end as what will be durable
///               2. synchronize the segments
///               3. publish what is durable now, and leave the mark
///
/// Order         Both steps are under one lock, so that each written end that is noted belongs to a segment that was taken, or
///               to one that was synchronized before. So what is published as durable was in the file before it was synchronized.
/// </code>
/// After a synchronization that failed nobody knows what is on the disk, so nothing is published as durable any more. A mark that
/// cannot be written costs only the time of the next opening.
/// </summary>
internal sealed class JournalSynchronizer
{
    /// <summary>
    /// Bytes that are written and not yet durable, at most: where the system takes them faster than the disk, what is durable would lag
    /// behind without end, and so would what has to be looked at after a crash.
    /// </summary>
    public const long MaxUnsynchronizedBytes = 64L << 20;

    /// <summary>The same for segments, each of which has to be synchronized on its own.</summary>
    public const int MaxUnsynchronizedSegments = 4;

    private readonly TimeSpan _gathering;
    private readonly Func<JournalStream[]> _streams;
    private readonly Action<Exception> _onFault;
    private readonly object _lock = new();
    private readonly List<SegmentFile> _written = [];
    private readonly List<SegmentFile> _full = [];
    private readonly Thread _thread;
    private JournalMark? _mark;
    private FramePlace _place;
    private long _unsynchronized;
    private int _segmentsInWork;
    private long _durableSegment;
    private long _oldestStart;
    private long _asked;
    private long _done;
    private bool _isEnding;
    private long _count;
    private Exception? _fault;

    public JournalSynchronizer(TimeSpan maxDelay, JournalMark? mark, Func<JournalStream[]> streams, Action<Exception> onFault)
    {
        // The rest of the delay is the synchronization's own.
        _gathering = maxDelay / 10;
        _mark = mark;
        _streams = streams;
        _onFault = onFault;
        _thread = new Thread(Run) { Name = "journal-sync", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Synchronizations done.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Durations of synchronizations.</summary>
    public DurationHistogram Times { get; } = new();

    /// <summary>Times from the beginning of the oldest frame until it was durable.</summary>
    public DurationHistogram Lags { get; } = new();

    /// <summary>Why nothing becomes durable any more; null while it does.</summary>
    public Exception? Fault => Volatile.Read(ref _fault);

    /// <summary>The segment up to whose beginning everything is durable; 0 before the first synchronization.</summary>
    public long DurableSegment => Volatile.Read(ref _durableSegment);

    /// <summary>Writer: waits until not too much waits to become durable.</summary>
    /// <returns>False if that took longer than the time.</returns>
    public bool WaitForRoom(TimeSpan timeout)
    {
        lock (_lock)
        {
            long deadline = Deadlines.After(timeout);
            while ((_unsynchronized >= MaxUnsynchronizedBytes || _segmentsInWork + _written.Count >= MaxUnsynchronizedSegments)
                && Fault is null)
            {
                if (Deadlines.HasPassed(deadline) || !Monitor.Wait(_lock, Deadlines.LeftUntil(deadline)))
                    return false;
            }
        }

        return true;
    }

    /// <summary>Writer: a frame was written into a segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="stream">Whose frame it was.</param>
    /// <param name="endSequence">The sequence after its last event.</param>
    /// <param name="frameStarted">When the frame was begun.</param>
    /// <param name="place">Where it is.</param>
    public void NoteWritten(SegmentFile segment, JournalStream stream, long endSequence, long frameStarted, in FramePlace place)
    {
        lock (_lock)
        {
            stream.NoteWritten(endSequence);
            _place = place;
            _unsynchronized += place.End - place.Offset;
            Take(segment, frameStarted);
        }
    }

    /// <summary>Writer: nothing is written into a segment any more. It is closed after its next synchronization.</summary>
    public void NoteFull(SegmentFile segment)
    {
        lock (_lock)
        {
            _full.Add(segment);
            Take(segment, MonotonicClock.Now);
        }
    }

    /// <summary>Waits until what has been written before the call is durable.</summary>
    /// <param name="deadline">A time of the monotonic clock.</param>
    public bool WaitUntilDurable(long deadline)
    {
        lock (_lock)
        {
            // One that begins after this: one that is under way may have begun before the last write.
            long wanted = ++_asked;
            Monitor.PulseAll(_lock);
            while (_done < wanted)
            {
                if (Deadlines.HasPassed(deadline) || !Monitor.Wait(_lock, Deadlines.LeftUntil(deadline)))
                    return false;
            }
        }

        return Fault is null;
    }

    /// <summary>Ends after what was written is durable.</summary>
    /// <returns>False if that took longer than until the deadline.</returns>
    public bool End(long deadline)
    {
        lock (_lock)
        {
            _isEnding = true;
            Monitor.PulseAll(_lock);
        }

        return _thread.Join(Deadlines.LeftUntil(deadline)) && Fault is null;
    }

    private bool IsMuch => _unsynchronized >= MaxUnsynchronizedBytes / 2 || _written.Count >= MaxUnsynchronizedSegments / 2;

    private void Take(SegmentFile segment, long frameStarted)
    {
        bool isFirst = _written.Count == 0;
        if (_oldestStart == 0)
            _oldestStart = frameStarted;
        if (!_written.Contains(segment))
            _written.Add(segment);
        if (isFirst || IsMuch)
            Monitor.PulseAll(_lock);
    }

    private void Run()
    {
        bool isLast;
        do
        {
            Batch batch;
            long asked;
            lock (_lock)
            {
                Gather();
                isLast = _isEnding;
                asked = _asked;
                batch = new Batch([.. _written], [.. _full], _streams(), _place, _unsynchronized, _oldestStart);
                foreach (JournalStream stream in batch.Streams)
                    stream.BeginSync();
                _written.Clear();
                _full.Clear();
                _oldestStart = 0;
                _segmentsInWork = batch.Segments.Length;
            }

            if (batch.Segments.Length > 0)
                Synchronize(batch);
            foreach (SegmentFile segment in batch.Full)
                segment.Dispose();
            lock (_lock)
            {
                _done = asked;
                _unsynchronized -= batch.Bytes;
                _segmentsInWork = 0;
                Monitor.PulseAll(_lock);
            }
        }
        while (!isLast);
        _mark?.Dispose();
    }

    /// <summary>Waits for something to do, and then for others to join it, unless somebody waits or there is much already.</summary>
    private void Gather()
    {
        while (_written.Count == 0 && _asked == _done && !_isEnding)
            Monitor.Wait(_lock);
        long deadline = Deadlines.After(_gathering);
        while (_asked == _done && !_isEnding && !IsMuch && !Deadlines.HasPassed(deadline))
            Monitor.Wait(_lock, Deadlines.LeftUntil(deadline));
    }

    private void Synchronize(in Batch batch)
    {
        if (Fault is not null)
            return;
        try
        {
            long started = MonotonicClock.Now;
            foreach (SegmentFile segment in batch.Segments)
                segment.Synchronize();
            long now = MonotonicClock.Now;
            Times.Record(MonotonicClock.ToNanoseconds(now - started));
            Lags.Record(MonotonicClock.ToNanoseconds(now - batch.OldestStart));
            Volatile.Write(ref _count, _count + 1);
            foreach (JournalStream stream in batch.Streams)
                stream.EndSync();
            Volatile.Write(ref _durableSegment, batch.Place.Segment);
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _fault, exception);
            _onFault(exception);
            return;
        }

        LeaveMark(batch);
    }

    private void LeaveMark(in Batch batch)
    {
        if (_mark is null || batch.Bytes == 0)
            return;
        try
        {
            _mark.Write(batch.Place, batch.Bytes);
        }
        catch (Exception exception)
        {
            _mark.Dispose();
            _mark = null;
            _onFault(exception);
        }
    }

    private readonly record struct Batch(
        SegmentFile[] Segments, SegmentFile[] Full, JournalStream[] Streams, FramePlace Place, long Bytes, long OldestStart);
}
