namespace Engine.Bus.Scheduling;

/// <summary>
/// Shares what is ready among dispatchers: each piece of work belongs to one of them, and idle ones steal. Handlers that
/// block hold their dispatcher; <see cref="RelieveStall"/> then adds one, so that work does not wait for a blocked handler
/// forever. Thread-safe.
/// </summary>
internal sealed class BusScheduler
{
    /// <summary>Dispatchers there may be at most, those included that were added because others were blocked.</summary>
    public const int MaxDispatcherCount = 64;

    private readonly BusDispatcher[] _dispatchers;
    private readonly int _homeCount;
    private int _count;
    private long _turnsAtLastCheck = -1;
    private int _added;
    private bool _isRunning;

    /// <param name="dispatcherCount">Dispatchers that work belongs to: 1 to <see cref="MaxDispatcherCount"/>.</param>
    public BusScheduler(int dispatcherCount)
    {
        _dispatchers = new BusDispatcher[MaxDispatcherCount];
        for (int i = 0; i < _dispatchers.Length; i++)
            _dispatchers[i] = new BusDispatcher(this);
        _homeCount = _count = dispatcherCount;
    }

    /// <summary>The dispatchers in use.</summary>
    public ReadOnlySpan<BusDispatcher> Dispatchers => _dispatchers.AsSpan(0, Volatile.Read(ref _count));

    public bool HasReadyWork
    {
        get
        {
            foreach (BusDispatcher dispatcher in HomeDispatchers)
            {
                if (!dispatcher.Ready.IsEmpty)
                    return Volatile.Read(ref _isRunning);
            }

            return false;
        }
    }

    private ReadOnlySpan<BusDispatcher> HomeDispatchers => _dispatchers.AsSpan(0, _homeCount);

    /// <summary>Begins to run work; what was scheduled before has waited.</summary>
    public void Start()
    {
        Volatile.Write(ref _isRunning, true);
        Interlocked.MemoryBarrier();
        foreach (BusDispatcher dispatcher in HomeDispatchers)
            dispatcher.TryActivate();
    }

    /// <summary>Has a turn of the work run. Allocates nothing; does not wait.</summary>
    public void Schedule(IScheduled work)
    {
        BusDispatcher home = HomeOf(work);
        home.Ready.Add(work, work.Priority);
        Interlocked.MemoryBarrier();
        if (!Volatile.Read(ref _isRunning) || home.TryActivate())
            return;
        // The one it belongs to is busy, and so perhaps for long.
        foreach (BusDispatcher other in Dispatchers)
        {
            if (other.TryActivate())
                return;
        }
    }

    /// <summary>Puts work that wants another turn behind what waits already. The calling dispatcher is active and will see it.</summary>
    public void Requeue(IScheduled work, BusDispatcher dispatcher)
    {
        if (HomeOf(work) == dispatcher)
            dispatcher.Ready.Add(work, work.Priority);
        else
            Schedule(work);
    }

    /// <summary>Takes work that waits for another dispatcher.</summary>
    /// <param name="thief">Who takes it.</param>
    /// <param name="firstVictim">Where to look first, modulo the number of dispatchers.</param>
    /// <param name="turns">Whose turn it is among the ready queues.</param>
    public IScheduled? StealFor(BusDispatcher thief, int firstVictim, ref PriorityTurns turns)
    {
        for (int i = 0; i < _homeCount; i++)
        {
            BusDispatcher victim = _dispatchers[(int)(((uint)firstVictim + (uint)i) % (uint)_homeCount)];
            if (victim != thief && victim.Ready.TryTake(ref turns) is { } work)
                return work;
        }

        return null;
    }

    /// <summary>
    /// Adds a dispatcher if work is ready and not one turn began since the last call: then handlers block all of them. While that does
    /// not help, the next call adds two, then four and so on: there may be many such handlers. Each begins on a thread of its own,
    /// because the pool adds threads far too slowly when all of its own are blocked. To be called from time to time, by one thread at a
    /// time.
    /// </summary>
    /// <returns>Whether one was added or woken.</returns>
    public bool RelieveStall()
    {
        long turns = TurnCount;
        // Those that were added last may have begun a turn each, with a handler that blocks too.
        bool isStalled = turns - _turnsAtLastCheck <= _added && HasReadyWork;
        _turnsAtLastCheck = turns;
        int wanted = isStalled ? Math.Max(1, 2 * _added) : 0;
        _added = 0;
        while (_added < wanted && TryAddDispatcher())
            _added++;
        return _added > 0;
    }

    private bool TryAddDispatcher()
    {
        foreach (BusDispatcher dispatcher in Dispatchers)
        {
            if (dispatcher.TryActivateOnOwnThread())
                return true;
        }

        if (_count == MaxDispatcherCount)
            return false;
        Volatile.Write(ref _count, _count + 1);
        return _dispatchers[_count - 1].TryActivateOnOwnThread();
    }

    /// <summary>Turns run by all dispatchers.</summary>
    public long TurnCount
    {
        get
        {
            long turns = 0;
            foreach (BusDispatcher dispatcher in Dispatchers)
                turns += dispatcher.TurnCount;
            return turns;
        }
    }

    public BusDispatchStatistics GetStatistics()
    {
        BusDispatcher[] dispatchers = Dispatchers.ToArray();
        return new BusDispatchStatistics(
            dispatchers.Length,
            dispatchers.Count(static dispatcher => dispatcher.IsActive),
            dispatchers.Sum(static dispatcher => dispatcher.TurnCount),
            dispatchers.Sum(static dispatcher => dispatcher.StealCount),
            dispatchers.Sum(static dispatcher => dispatcher.Ready.Count));
    }

    private BusDispatcher HomeOf(IScheduled work) => _dispatchers[(int)((uint)work.Home % (uint)_homeCount)];
}
