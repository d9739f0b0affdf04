using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Engine.Bus.Scheduling;
using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>
/// A part of a subscription's queue: its rings, one for each priority, and the runners that serve them, as many at a time as handlers may
/// run at the same time. A subscription with an ordering key has several partitions of one runner each; others have one partition.
/// <code>
/// Publisher  1. publish the event into the ring of its priority
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
/// Close      The rings are closed, and then the lease of each taken once: a runner that had it has counted what it took as in
///            flight, and one that gets it later sees the ring closed and takes nothing.
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

    // By the queue of a turn: its oldest event is not older than this timestamp; 0 if nobody has looked since it was empty. Written
    // by runners for each take, so it must not share a line with what publishers load.
    private readonly PaddedInt64[] _oldestBounds = new PaddedInt64[PriorityTurns.Weights.Length];

    public QueuePartition(SubscriptionQueue owner, int index)
    {
        _owner = owner;
        Index = index;
        Rings = new PriorityRings(
            owner.Settings.QueueCapacity,
            owner.Settings.OverflowPolicy,
            hasConsumer: owner.Bus.State is LifecycleState.Running or LifecycleState.Stopping);
    }

    /// <summary>What is queued.</summary>
    public PriorityRings Rings { get; }

    /// <summary>The queue that it is a part of.</summary>
    public SubscriptionQueue Owner => _owner;

    public int Index { get; }

    /// <summary>Runners that are at work or about to be.</summary>
    public int ActiveCount => Volatile.Read(ref _active.Value);

    /// <summary>Whether nothing is queued and no handler runs. What the caller itself had queued is taken into account.</summary>
    public bool IsIdle => Rings.Count == 0 && ActiveCount == 0;

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
        while (active < Limit && Rings.HasReadable && !Rings.IsClosed)
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
        if (_owner.CurrentMode != ProcessingMode.Batch || _owner.IsDraining || Rings.Count >= _owner.BatchSize || Rings.IsAnyFull)
            return Rings.HasReadable;
        if (Volatile.Read(ref _isTimerSet) == 1 || !Rings.HasReadable)
            return false;
        long now = _owner.Bus.TimeProvider.GetTimestamp();
        TimeSpan left = _owner.BatchMaxWait - _owner.Bus.TimeProvider.GetElapsedTime(OldestBound(now), now);
        if (left <= TimeSpan.Zero)
            return true;
        SetTimer(left);
        return false;
    }

    /// <summary>
    /// Takes events, and leaves spent ones in their places: from the ring whose turn it is, and where it has too few from the others too,
    /// those of higher priority first. None where the rings are closed. Tells the subscriber what was dropped before them.
    /// </summary>
    /// <param name="turns">Whose turn it is for the runner that takes.</param>
    /// <param name="events">Spent events or nothing; afterwards the taken ones, from the start on.</param>
    /// <param name="inFlight">How many were taken: noted before anybody who closes the partition goes on.</param>
    /// <returns>How many were taken.</returns>
    public int Take(ref PriorityTurns turns, Span<QueuedEvent?> events, ref int inFlight)
    {
        return Rings.HasOthers
            ? TakeByTurns(ref turns, events, ref inFlight)
            : TakeFrom(Rings.Normal, PriorityTurns.NormalQueue, events, taken: 0, ref inFlight);
    }

    /// <summary>Takes out and forgets what is queued.</summary>
    /// <returns>How many events that was.</returns>
    public int Discard() => Rings.Discard();

    /// <summary>Ends publishing and taking. When it returns, what runners have taken is counted as in flight.</summary>
    public void Close() => Rings.Close();

    /// <summary>A runner ends its work. It must not touch itself afterwards: it may be at work again.</summary>
    public void Leave(IScheduled runner)
    {
        for (int queue = 0; queue < _oldestBounds.Length; queue++)
        {
            if (_oldestBounds[queue].Value != 0 && Rings.OfQueue(queue) is { HasReadable: false })
                Volatile.Write(ref _oldestBounds[queue].Value, 0);
        }

        _idleRunners.Enqueue(runner);
        Interlocked.Decrement(ref _active.Value);
        Signal();
        _owner.SignalIfIdle();
    }

    /// <summary>Has the timer set anew, by the next look. If it fires as well, that makes one look more.</summary>
    public void ForgetTimer() => Volatile.Write(ref _isTimerSet, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int TakeByTurns(ref PriorityTurns turns, Span<QueuedEvent?> events, ref int inFlight)
    {
        int taken = 0;
        // Each queue once, and the first one again: the second time it has all its turns.
        for (int i = 0; i <= PriorityTurns.Weights.Length && taken == 0; i++)
        {
            if (turns.HasTurn)
                taken = TakeFromQueue(turns.Queue, events, taken, ref inFlight);
            if (taken > 0)
                turns.Use();
            else
                turns.Next();
        }

        for (int queue = 0; queue < PriorityTurns.Weights.Length && taken > 0 && taken < events.Length; queue++)
            taken = TakeFromQueue(queue, events, taken, ref inFlight);

        return taken;
    }

    private int TakeFromQueue(int queue, Span<QueuedEvent?> events, int taken, ref int inFlight) =>
        Rings.OfQueue(queue) is { HasReadable: true } ring ? TakeFrom(ring, queue, events, taken, ref inFlight) : taken;

    /// <returns>How many events are taken with those before.</returns>
    private int TakeFrom(
        EnvelopeRing<QueuedEvent> ring, int queue, Span<QueuedEvent?> events, int taken, ref int inFlight)
    {
        PriorityRings.Acquire(ring);
        long firstSequence = 0;
        long lost = 0;
        int count = ring.IsClosed ? 0 : ring.Take(events[taken..], out firstSequence, out lost);
        Volatile.Write(ref inFlight, taken + count);
        ring.ReleaseLease();
        if (count == 0)
            return taken;
        if (lost > 0)
            _owner.ReportLoss(new LostEvents(firstSequence - lost, lost), events[taken]!);
        Volatile.Write(ref _oldestBounds[queue].Value, events[taken + count - 1]!.QueuedAt);
        return taken + count;
    }

    private long OldestBound(long now)
    {
        long oldest = now;
        for (int queue = 0; queue < _oldestBounds.Length; queue++)
        {
            if (Rings.OfQueue(queue) is not { HasReadable: true })
                continue;
            long known = Interlocked.CompareExchange(ref _oldestBounds[queue].Value, now, 0);
            oldest = known == 0 ? oldest : Math.Min(oldest, known);
        }

        return oldest;
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
