using System.Collections.Concurrent;
using Engine.Bus.Scheduling;
using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>
/// A part of a subscription's queue: a ring and the runners that serve it, as many at a time as handlers may run at the same
/// time. A subscription with an ordering key has several partitions of one runner each; others have one partition.
/// <code>
/// Publisher  1. publish the event into the ring
///            2. full fence
///            3. if fewer runners are active than may be: activate one (compare-and-swap) and schedule it
///
/// Runner     1. take events until there are none (in batch mode: no full batch and none that has waited long enough)
///            2. become inactive (interlocked: a full fence)
///            3. look again, as in the publisher's step 3
///
/// Fences     Each side writes its word (ring; number of active runners) before it reads the other's. Without the fences
///            the publisher could see the runner active and the runner the ring empty, and the event would stay behind.
///
/// Close      The ring is closed, and then its lease taken once: a runner that had it has counted what it took as in flight, and
///            one that gets it later sees the ring closed and takes nothing.
/// </code>
/// </summary>
internal sealed class QueuePartition
{
    // Timers count milliseconds in 32 bits. One that fires too early looks again.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly SubscriptionQueue _owner;
    private readonly ConcurrentQueue<IScheduled> _idleRunners = new();
    private readonly Lock _growLock = new();
    private RunnerCounters[] _counters = [];
    private int _runnerCount;

    // Written by publishers and runners.
    private PaddedInt32 _active;

    private ITimer? _timer;
    private int _isTimerSet;

    // The oldest queued event is not older than this timestamp; 0 if nobody has looked since the queue was empty.
    private long _oldestBound;

    public QueuePartition(SubscriptionQueue owner, int index)
    {
        _owner = owner;
        Index = index;
        Ring = new EnvelopeRing<QueuedEvent>(
            owner.Settings.QueueCapacity,
            owner.Settings.OverflowPolicy,
            hasConsumer: owner.Bus.State is LifecycleState.Running or LifecycleState.Stopping);
    }

    /// <summary>What is queued.</summary>
    public EnvelopeRing<QueuedEvent> Ring { get; }

    /// <summary>The queue that it is a part of.</summary>
    public SubscriptionQueue Owner => _owner;

    public int Index { get; }

    /// <summary>Runners that are at work or about to be.</summary>
    public int ActiveCount => Volatile.Read(ref _active.Value);

    /// <summary>Whether nothing is queued and no handler runs. What the caller itself had queued is taken into account.</summary>
    public bool IsIdle => Ring.Count == 0 && ActiveCount == 0;

    /// <summary>What its runners have done, each for itself.</summary>
    public ReadOnlySpan<RunnerCounters> Counters
    {
        get
        {
            // The count first: the array has at least as many then.
            int count = Volatile.Read(ref _runnerCount);
            return Volatile.Read(ref _counters).AsSpan(0, count);
        }
    }

    /// <summary>Runners that may be active at the same time.</summary>
    public int Limit => _owner.IsKeyed ? 1 : _owner.Settings.MaxConcurrency;

    /// <summary>Whether a runner has to stop because fewer may run now.</summary>
    public bool IsOverLimit => ActiveCount > Limit;

    /// <summary>
    /// Activates a runner, if there is something to do and fewer are active than may be. To be called after an event was
    /// published.
    /// </summary>
    public void Signal()
    {
        Interlocked.MemoryBarrier();
        int active = ActiveCount;
        while (active < Limit && Ring.HasReadable && !Ring.IsClosed)
        {
            if (!IsUnitReady())
                return;
            int seen = Interlocked.CompareExchange(ref _active.Value, active + 1, active);
            if (seen == active)
            {
                _owner.Bus.Scheduler.Schedule(_idleRunners.TryDequeue(out IScheduled? runner) ? runner : AddRunner());
                return;
            }

            active = seen;
        }
    }

    /// <summary>Whether events are there to be taken now. If they have to wait for others, a timer will signal.</summary>
    public bool IsUnitReady()
    {
        // A full queue makes a batch too: no others can come.
        if (_owner.CurrentMode != ProcessingMode.Batch || _owner.IsDraining || Ring.Count >= Math.Min(_owner.BatchSize, Ring.Bound))
            return Ring.HasReadable;
        if (Volatile.Read(ref _isTimerSet) == 1 || !Ring.HasReadable)
            return false;
        long now = _owner.Bus.TimeProvider.GetTimestamp();
        long bound = Interlocked.CompareExchange(ref _oldestBound, now, 0);
        TimeSpan left = bound == 0 ? _owner.BatchMaxWait : _owner.BatchMaxWait - _owner.Bus.TimeProvider.GetElapsedTime(bound, now);
        if (left <= TimeSpan.Zero)
            return true;
        SetTimer(left);
        return false;
    }

    /// <summary>Takes events, and leaves spent ones in their places. None where the ring is closed.</summary>
    /// <param name="events">Spent events or nothing; afterwards the taken ones, from the start on.</param>
    /// <param name="inFlight">How many were taken: noted before anybody who closes the partition goes on.</param>
    /// <param name="loss">What was dropped directly before the first of them.</param>
    /// <returns>How many were taken.</returns>
    public int Take(Span<QueuedEvent?> events, ref int inFlight, out LostEvents loss)
    {
        AcquireRing();
        long firstSequence = 0;
        long lost = 0;
        int count = Ring.IsClosed ? 0 : Ring.Take(events, out firstSequence, out lost);
        Volatile.Write(ref inFlight, count);
        Ring.ReleaseLease();
        loss = new LostEvents(firstSequence - lost, lost);
        if (count > 0)
            Volatile.Write(ref _oldestBound, events[count - 1]!.QueuedAt);
        return count;
    }

    /// <summary>Takes out and forgets what is queued.</summary>
    /// <returns>How many events that was.</returns>
    public int Discard()
    {
        int discarded = 0;
        AcquireRing();
        // Each is left where the next one was.
        QueuedEvent? queued = null;
        while (Ring.Take(new Span<QueuedEvent?>(ref queued), out _, out _) > 0)
        {
            queued!.Clear();
            discarded++;
        }

        Ring.ReleaseLease();
        return discarded;
    }

    /// <summary>Ends publishing and taking. When it returns, what runners have taken is counted as in flight.</summary>
    public void Close()
    {
        Ring.Close();
        AcquireRing();
        Ring.ReleaseLease();
    }

    /// <summary>A runner ends its work. It must not touch itself afterwards: it may be at work again.</summary>
    public void Leave(IScheduled runner)
    {
        if (!Ring.HasReadable)
            Volatile.Write(ref _oldestBound, 0);
        _idleRunners.Enqueue(runner);
        Interlocked.Decrement(ref _active.Value);
        Signal();
        _owner.SignalIfIdle();
    }

    /// <summary>Has the timer set anew, by the next look. If it fires as well, that makes one look more.</summary>
    public void ForgetTimer() => Volatile.Write(ref _isTimerSet, 0);

    // Held for as long as it takes to swap some references, never while a handler runs.
    private void AcquireRing()
    {
        var spinner = new SpinWait();
        while (!Ring.TryAcquire())
            spinner.SpinOnce();
    }

    private IScheduled AddRunner()
    {
        var counters = new RunnerCounters();
        IScheduled runner = _owner.Runners.MakeRunner(this, counters);
        lock (_growLock)
        {
            RunnerCounters[] all = _counters;
            int count = _runnerCount;
            // By the half more at least: one by one, many would be copied as often as there are.
            if (count == all.Length)
                Array.Resize(ref all, Math.Max(count + 1, count + count / 2));
            all[count] = counters;
            Volatile.Write(ref _counters, all);
            Volatile.Write(ref _runnerCount, count + 1);
        }

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
                _timer = _owner.Bus.TimeProvider.CreateTimer(
                    static partition => ((QueuePartition)partition!).OnTimer(), this, due, Timeout.InfiniteTimeSpan);
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

/// <summary>Events that were dropped from a queue in a row.</summary>
/// <param name="FirstSequence">The sequence of the first one.</param>
/// <param name="Count">How many; 0 for none.</param>
internal readonly record struct LostEvents(long FirstSequence, long Count);
