using System.Collections.Concurrent;
using Engine.Primitives;

namespace Engine.Bus.Delivery;

/// <summary>
/// A queue of one subscription and the runners that serve it, as many at a time as handlers may run at the same time. A
/// subscription with an ordering key has several lanes of one runner each; others have one lane.
/// <code>
/// Adder     1. enqueue the event
///           2. full fence
///           3. if fewer runners are active than may be: activate one (compare-and-swap) and schedule it
///
/// Runner    1. take events until there are none (in batch mode: no full batch and none that has waited long enough)
///           2. become inactive (interlocked: a full fence)
///           3. look again, as in the adder's step 3
///
/// Fences    Each side writes its word (queue; number of active runners) before it reads the other's. Without the fences
///           the adder could see the runner active and the runner the queue empty, and the event would stay behind.
/// </code>
/// </summary>
internal sealed class QueueLane(SubscriptionQueue owner, int index) : IDisposable
{
    // Timers count milliseconds in 32 bits. One that fires too early looks again.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly ConcurrentQueue<QueueRunner> _idleRunners = new();
    private readonly Lock _growLock = new();
    private QueueRunner[] _runners = [];

    // Written by adders and runners.
    private PaddedInt32 _active;

    private ITimer? _timer;
    private int _isTimerSet;

    // The oldest queued event is not older than this timestamp; 0 if nobody has looked since the queue was empty. Peeking
    // would tell exactly, but keeps a ConcurrentQueue from using its memory again.
    private long _oldestBound;

    public BoundedQueue<QueuedEvent> Queue { get; } = new(owner.Settings.QueueCapacity);

    public int Index => index;

    public SubscriptionQueue Owner => owner;

    /// <summary>Runners that are at work or about to be.</summary>
    public int ActiveCount => Volatile.Read(ref _active.Value);

    /// <summary>Whether nothing is queued and no handler runs. What the caller itself had queued is taken into account.</summary>
    public bool IsIdle => Queue.Count == 0 && ActiveCount == 0;

    /// <summary>All runners there have been, for their counters.</summary>
    public ReadOnlySpan<QueueRunner> Runners => Volatile.Read(ref _runners);

    private int Limit => owner.IsKeyed ? 1 : owner.Settings.MaxConcurrency;

    /// <summary>Whether a runner has to stop because fewer may run now.</summary>
    public bool IsOverLimit => ActiveCount > Limit;

    /// <summary>Queues an event in a place that was reserved.</summary>
    public void Add(QueuedEvent queued)
    {
        Queue.Add(queued);
        Signal();
    }

    /// <summary>Activates a runner, if there is something to do and fewer are active than may be.</summary>
    public void Signal()
    {
        Interlocked.MemoryBarrier();
        int active = ActiveCount;
        while (active < Limit && !Queue.IsEmpty && !Queue.IsClosed)
        {
            if (!IsUnitReady())
                return;
            int seen = Interlocked.CompareExchange(ref _active.Value, active + 1, active);
            if (seen == active)
            {
                owner.Bus.Scheduler.Schedule(_idleRunners.TryDequeue(out QueueRunner? runner) ? runner : AddRunner());
                return;
            }

            active = seen;
        }
    }

    /// <summary>Whether events are there to be taken now. If they have to wait for others, a timer will signal.</summary>
    public bool IsUnitReady()
    {
        // A full queue makes a batch too: no others can come.
        if (owner.CurrentMode != ProcessingMode.Batch || Queue.Count >= Math.Min(owner.BatchSize, Queue.Capacity) || owner.IsDraining)
            return !Queue.IsEmpty;
        if (Volatile.Read(ref _isTimerSet) == 1 || Queue.IsEmpty)
            return false;
        long now = owner.Bus.TimeProvider.GetTimestamp();
        long bound = Interlocked.CompareExchange(ref _oldestBound, now, 0);
        TimeSpan left = bound == 0 ? owner.BatchMaxWait : owner.BatchMaxWait - owner.Bus.TimeProvider.GetElapsedTime(bound, now);
        if (left <= TimeSpan.Zero)
            return true;
        SetTimer(left);
        return false;
    }

    /// <summary>A runner has taken events; what is left was queued after them.</summary>
    /// <param name="queuedAt">When the last of them was queued.</param>
    public void OnTaken(long queuedAt) => Volatile.Write(ref _oldestBound, queuedAt);

    /// <summary>A runner ends its work. It must not touch itself afterwards: it may be at work again.</summary>
    public void Leave(QueueRunner runner)
    {
        if (Queue.IsEmpty)
            Volatile.Write(ref _oldestBound, 0);
        _idleRunners.Enqueue(runner);
        Interlocked.Decrement(ref _active.Value);
        Signal();
        owner.SignalIfIdle();
    }

    /// <summary>Has the timer set anew, by the next look. If it fires as well, that makes one look more.</summary>
    public void ForgetTimer() => Volatile.Write(ref _isTimerSet, 0);

    public void Dispose()
    {
        lock (_growLock)
            _timer?.Dispose();
        Queue.Dispose();
    }

    private QueueRunner AddRunner()
    {
        var runner = new QueueRunner(this);
        lock (_growLock)
            Volatile.Write(ref _runners, [.. _runners, runner]);
        return runner;
    }

    private void SetTimer(TimeSpan due)
    {
        if (Interlocked.CompareExchange(ref _isTimerSet, 1, 0) != 0)
            return;
        lock (_growLock)
        {
            // Timers count whole milliseconds; rounded up, so that the wait is over when they fire.
            due = due < LongestTimer ? TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds)) : LongestTimer;
            if (_timer is null)
                _timer = owner.Bus.TimeProvider.CreateTimer(static lane => ((QueueLane)lane!).OnTimer(), this, due, Timeout.InfiniteTimeSpan);
            else
                _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        Volatile.Write(ref _isTimerSet, 0);
        Signal();
    }
}
