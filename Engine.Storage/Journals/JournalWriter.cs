using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>
/// The queue of frames on their way to the disk, and the thread that writes them. A write that fails is tried again: events then wait
/// and are dropped as the policy says, and the file names them.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    // Frames wait for others, since a thread that is woken for each costs more than to write it: not more of them, and not longer.
    private const long UrgentBytes = 256 * 1024;

    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(2.5);

    private readonly Lock _streamsLock = new();
    private readonly object _lock = new();
    private readonly Queue<DraftFrame> _queue = new();
    private readonly FrameWriter _frames;
    private readonly JournalSynchronizer _synchronizer;
    private readonly Thread _thread;
    private readonly TimeSpan _look;
    private readonly TimeSpan _retryDelay;
    private JournalStream[] _streams = [];
    private long _pendingBytes;
    private long _queuedBytes;
    private int _flushing;
    private bool _isTaking;
    private long _nextLook;
    private long _lastTicks;
    private bool _isWriting;
    private bool _isClosing;
    private bool _isAbandoned;
    private long _closeDeadline = long.MaxValue;
    private Exception? _fault;
    private Exception? _lastError;

    public JournalWriter(IJournalFiles files, JournalOptions options, JournalRecovery recovery)
    {
        Options = options;
        _lastTicks = recovery.LastTime.UtcTicks;
        _look = options.MaxDelay / 4;
        _retryDelay = TimeSpan.FromMilliseconds(Math.Min(100, 10 * options.MaxDelay.TotalMilliseconds));
        _synchronizer = new JournalSynchronizer(options.MaxDelay, recovery.OpenMark(files), () => Streams, Report);
        _frames = new FrameWriter(files, options.SegmentBytes, recovery.LastSegment + 1, recovery.LastFrameNumber, _synchronizer);
        if (options.IsSignedOff)
            _frames.BeginDigests();
        _thread = new Thread(Run) { Name = "journal-writer", IsBackground = true };
        _thread.Start();
    }

    public JournalOptions Options { get; }

    /// <summary>The time of a frame that begins now: never before that of one that began earlier.</summary>
    public DateTimeOffset NextTime()
    {
        long now = Options.TimeProvider.GetUtcNow().UtcTicks;
        long last = Volatile.Read(ref _lastTicks);
        while (now > last)
        {
            long seen = Interlocked.CompareExchange(ref _lastTicks, now, last);
            if (seen == last)
                return new DateTimeOffset(now, TimeSpan.Zero);
            last = seen;
        }

        return new DateTimeOffset(last, TimeSpan.Zero);
    }

    public FrameWriter Frames => _frames;

    /// <summary>What the host says of its run, and the session; set before it is closed.</summary>
    public (JournalAccount Account, long Session) Account { get; set; } = (new JournalAccount([], []), 0);

    public JournalSynchronizer Synchronizer => _synchronizer;

    /// <summary>Bytes that wait to be written.</summary>
    public long PendingBytes => Volatile.Read(ref _pendingBytes);

    /// <summary>Why the journal takes nothing any more; null while it does.</summary>
    public Exception? Fault => Volatile.Read(ref _fault) ?? _synchronizer.Fault;

    /// <summary>The latest failure, one that was got over included; null if there was none.</summary>
    public Exception? LastError => Volatile.Read(ref _lastError);

    public JournalStream[] Streams => Volatile.Read(ref _streams);

    public void Add(JournalStream stream)
    {
        lock (_streamsLock)
            Volatile.Write(ref _streams, [.. _streams, stream]);
    }

    /// <summary>Dispatcher: whether another frame may be begun, after a wait if need be.</summary>
    public bool WaitForRoom()
    {
        if (Fault is not null)
            return false;
        return PendingBytes < Options.MaxPendingBytes
            || (Options.OverflowPolicy == OverflowPolicy.Wait && WaitForRoomSlowly());
    }

    /// <summary>Hands a frame, which is sealed, to the writer.</summary>
    public void Enqueue(DraftFrame frame)
    {
        lock (_lock)
        {
            _queue.Enqueue(frame);
            _pendingBytes += frame.Payload.Length;
            _queuedBytes += frame.Payload.Length;
            if (IsUrgent || (_queue.Count == 1 && _look > LongestGathering))
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until everything recorded before the call is durable.</summary>
    /// <param name="deadline">A time of the monotonic clock.</param>
    /// <returns>False if that was not so in time, or never will be.</returns>
    public bool Flush(long deadline)
    {
        foreach (JournalStream stream in Streams)
            stream.Seal();
        lock (_lock)
        {
            _flushing++;
            try
            {
                Monitor.PulseAll(_lock);
                while (_queue.Count > 0 || _isWriting)
                {
                    if (Fault is not null || Deadlines.HasPassed(deadline) || !Monitor.Wait(_lock, Deadlines.LeftUntil(deadline)))
                        return false;
                }
            }
            finally
            {
                _flushing--;
            }
        }

        // After a fault frames are taken from the queue and not written.
        return _synchronizer.WaitUntilDurable(deadline) && Fault is null;
    }

    /// <summary>
    /// From this time on nobody waits for room: the journal is being closed, which waits for the dispatchers inside of it.
    /// </summary>
    /// <param name="deadline">A time of the monotonic clock.</param>
    public void LimitWaits(long deadline) => Volatile.Write(ref _closeDeadline, deadline);

    /// <summary>Ends all streams, writes what there is and makes it durable.</summary>
    /// <param name="deadline">A time of the monotonic clock.</param>
    /// <returns>Whether everything is durable.</returns>
    public bool Close(long deadline)
    {
        foreach (JournalStream stream in Streams)
            stream.End();
        lock (_lock)
        {
            _isClosing = true;
            Monitor.PulseAll(_lock);
        }

        bool isDone = _thread.Join(Deadlines.LeftUntil(deadline));
        isDone &= _synchronizer.End(deadline);
        lock (_lock)
        {
            _isAbandoned = true;
            Monitor.PulseAll(_lock);
        }

        return isDone && Fault is null;
    }

    public void Dispose() => _frames.Dispose();

    private bool WaitForRoomSlowly()
    {
        long deadline = Options.StallBudget == JournalOptions.NoLimit ? long.MaxValue : Deadlines.After(Options.StallBudget);
        lock (_lock)
        {
            while (_pendingBytes >= Options.MaxPendingBytes)
            {
                if (Fault is not null || _isAbandoned || Deadlines.HasPassed(Math.Min(deadline, Volatile.Read(ref _closeDeadline))))
                    return false;
                // Not longer, because a fault wakes nobody.
                TimeSpan left = Deadlines.LeftUntil(Math.Min(deadline, Deadlines.After(_retryDelay)));
                Monitor.Wait(_lock, left);
            }
        }

        return true;
    }

    private void Run()
    {
        while (TakeNext(out DraftFrame? frame))
        {
            if (frame is null)
            {
                SealOld();
                continue;
            }

            WriteUntilDone(frame);
            lock (_lock)
            {
                _isWriting = false;
                _pendingBytes -= frame.Payload.Length;
                Monitor.PulseAll(_lock);
            }

            frame.Return();
        }

        try
        {
            if (Options.IsSignedOff && !Volatile.Read(ref _isAbandoned) && Fault is null)
                SignOff();
            _frames.End();
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    /// <param name="frame">The next one; null if it is time to look for frames that have waited long enough.</param>
    /// <returns>False when there will be none any more.</returns>
    private bool TakeNext(out DraftFrame? frame)
    {
        frame = null;
        lock (_lock)
        {
            // Even while frames come without end: a slow stream's must not wait for them.
            long now = MonotonicClock.Now;
            if (now >= _nextLook && !_isClosing)
            {
                _nextLook = now + MonotonicClock.FromTimeSpan(_look);
                _isTaking = true;
                return true;
            }

            if (!_isTaking)
                Gather();
            if (_isAbandoned || (_queue.Count == 0 && _isClosing))
                return false;
            _isWriting = _isTaking = _queue.TryDequeue(out frame);
            _queuedBytes -= frame?.Payload.Length ?? 0;
            return true;
        }
    }

    private bool IsUrgent => _isClosing || _isAbandoned || _flushing > 0 || _queuedBytes >= UrgentBytes;

    /// <summary>Waits for a frame, and then for others to join it.</summary>
    private void Gather()
    {
        if (_queue.Count == 0 && !_isClosing)
            Monitor.Wait(_lock, _look);
        if (_queue.Count > 0 && !IsUrgent)
            Monitor.Wait(_lock, _look < LongestGathering ? _look : LongestGathering);
    }

    // Behind the last frame of events, on the thread that writes.
    private void SignOff()
    {
        (long first, long count, IReadOnlyList<string> groups) = _frames.EndDigests();
        var record = new AccountRecord(
            first, count, groups,
            [.. Streams.Select(static stream => new AccountedStream(
                stream.Identity.EventType, stream.Identity.ProducerId, stream.Identity.ProducerName, stream.RecordedCount,
                stream.LostInRingCount, stream.DroppedCount))],
            Account.Account);
        DraftFrame frame = new AccountStream(Account.Session).FrameOf(record.Sign(Options.SigningKey), NextTime());
        frame.Seal();
        WriteUntilDone(frame);
        frame.Return();
    }

    private void SealOld()
    {
        long before = MonotonicClock.Now - MonotonicClock.FromTimeSpan(_look);
        foreach (JournalStream stream in Streams)
            stream.SealIfOlder(before);
    }

    private void WriteUntilDone(DraftFrame frame)
    {
        while (!Volatile.Read(ref _isAbandoned) && Fault is null)
        {
            try
            {
                if (!_synchronizer.WaitForRoom(_retryDelay))
                    continue;
                _frames.Write(frame);
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Report(exception);
                Thread.Sleep(_retryDelay);
            }
            catch (Exception exception)
            {
                Volatile.Write(ref _fault, exception);
                Report(exception);
            }
        }
    }

    /// <summary>Notes an error, and tells whoever wants to know.</summary>
    public void Report(Exception exception)
    {
        Volatile.Write(ref _lastError, exception);
        try
        {
            Options.OnError?.Invoke(exception);
        }
        catch (Exception)
        {
            // The error itself stays in the statistics.
        }
    }
}
