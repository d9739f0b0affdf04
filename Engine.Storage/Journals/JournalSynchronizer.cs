using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>
/// Makes segments durable on a thread of its own.
/// <code>
/// Writer        1. write into a segment, store the stream's written end
///               2. say that the segment was written
///
/// Synchronizer  1. take the segments that were written; note each stream's written end as what will be durable
///               2. synchronize the segments
///               3. publish what is durable now
///
/// Order         A written end is stored before its segment is said to be written, and noted before the synchronization begins. So
///               what is published as durable was in the file before it was synchronized.
/// </code>
/// After a synchronization that failed nobody knows what is on the disk, so nothing is published as durable any more.
/// </summary>
internal sealed class JournalSynchronizer
{
    // The rest of the delay is the synchronization's own.
    private readonly TimeSpan _gathering;
    private readonly Func<JournalStream[]> _streams;
    private readonly Action<Exception> _onFault;
    private readonly object _lock = new();
    private readonly List<SegmentFile> _written = [];
    private readonly List<SegmentFile> _full = [];
    private readonly Thread _thread;
    private long _oldestStart;
    private long _asked;
    private long _done;
    private bool _isEnding;
    private long _count;
    private Exception? _fault;

    public JournalSynchronizer(TimeSpan maxDelay, Func<JournalStream[]> streams, Action<Exception> onFault)
    {
        _gathering = maxDelay / 10;
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

    /// <summary>Writer: a segment was written.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="frameStarted">When the frame was begun.</param>
    public void NoteWritten(SegmentFile segment, long frameStarted)
    {
        lock (_lock)
        {
            if (_oldestStart == 0)
                _oldestStart = frameStarted;
            if (!_written.Contains(segment))
                _written.Add(segment);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Writer: nothing is written into a segment any more. It is closed after its next synchronization.</summary>
    public void NoteFull(SegmentFile segment)
    {
        lock (_lock)
            _full.Add(segment);
        NoteWritten(segment, MonotonicClock.Now);
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

    private void Run()
    {
        bool isLast;
        do
        {
            SegmentFile[] segments;
            SegmentFile[] full;
            long asked;
            long oldest;
            lock (_lock)
            {
                while (_written.Count == 0 && _asked == _done && !_isEnding)
                    Monitor.Wait(_lock);
                // Others may join, unless somebody waits.
                if (_asked == _done && !_isEnding)
                    Monitor.Wait(_lock, _gathering);
                isLast = _isEnding;
                segments = [.. _written];
                full = [.. _full];
                _written.Clear();
                _full.Clear();
                asked = _asked;
                (oldest, _oldestStart) = (_oldestStart, 0);
            }

            if (segments.Length > 0)
                Synchronize(segments, oldest);
            foreach (SegmentFile segment in full)
                segment.Dispose();
            lock (_lock)
            {
                _done = asked;
                Monitor.PulseAll(_lock);
            }
        }
        while (!isLast);
    }

    private void Synchronize(SegmentFile[] segments, long oldest)
    {
        if (Fault is not null)
            return;
        try
        {
            JournalStream[] streams = _streams();
            foreach (JournalStream stream in streams)
                stream.BeginSync();
            long started = MonotonicClock.Now;
            foreach (SegmentFile segment in segments)
                segment.Synchronize();
            long now = MonotonicClock.Now;
            Times.Record(MonotonicClock.ToNanoseconds(now - started));
            Lags.Record(MonotonicClock.ToNanoseconds(now - oldest));
            Volatile.Write(ref _count, _count + 1);
            foreach (JournalStream stream in streams)
                stream.EndSync();
        }
        catch (Exception exception)
        {
            Volatile.Write(ref _fault, exception);
            _onFault(exception);
        }
    }
}
