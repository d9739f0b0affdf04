using System.Collections.Concurrent;

namespace Engine.Bus.Scheduling;

/// <summary>
/// Runs what is ready on a thread of the pool, while there is any.
/// <code>
/// Scheduler   1. add the work to a dispatcher's ready queues
///             2. full fence
///             3. if a dispatcher is idle: make it active (compare-and-swap) and queue it to the pool
///
/// Dispatcher  1. take work of its own ready queues, or else steal; run it; repeat
///             2. found none: become idle
///             3. full fence
///             4. look again; found some: become active (compare-and-swap) and go on, unless somebody else made it active
///
/// Fences      The scheduler's load of the state may otherwise be satisfied before its store of the work is visible, and
///             the dispatcher's look before its store of the state (StoreLoad on both sides). Then the scheduler sees an
///             active dispatcher, the dispatcher sees no work, and the work waits until something else is scheduled.
/// </code>
/// </summary>
internal sealed class BusDispatcher(BusScheduler scheduler) : IThreadPoolWorkItem
{
    // After so many turns the pool may run other work on this thread first.
    private const int TurnsPerWorkItem = 128;

    // One of so many turns is for others' work first: theirs may wait behind a handler that blocks, and this one's own
    // work may never end.
    private const int TurnsPerForeignTurn = 16;

    private const int Idle = 0;
    private const int Active = 1;

    private int _state;
    private long _turns;
    private long _steals;
    private PriorityTurns _ownTurns;
    private PriorityTurns _stolenTurns;
    private int _victim;

    public ReadyQueues<IScheduled> Ready { get; } = new();

    public bool IsActive => Volatile.Read(ref _state) == Active;

    /// <summary>Turns run.</summary>
    public long TurnCount => Volatile.Read(ref _turns);

    /// <summary>Turns run of work that waited for another dispatcher.</summary>
    public long StealCount => Volatile.Read(ref _steals);

    /// <summary>Makes the dispatcher run if it is idle. To be called after a full fence.</summary>
    /// <returns>Whether it was idle.</returns>
    public bool TryActivate()
    {
        if (IsActive || Interlocked.CompareExchange(ref _state, Active, Idle) != Idle)
            return false;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    /// <summary>As <see cref="TryActivate"/>, but beginning on a new thread, for when those of the pool are blocked.</summary>
    public bool TryActivateOnOwnThread()
    {
        if (IsActive || Interlocked.CompareExchange(ref _state, Active, Idle) != Idle)
            return false;
        new Thread(Execute) { IsBackground = true, Name = "engine bus relief" }.UnsafeStart();
        return true;
    }

    public void Execute()
    {
        int turns = 0;
        // What a synchronous handler leaves in the ambient state must not reach the next subscription's.
        ExecutionContext? ambient = ExecutionContext.Capture();
        while (turns < TurnsPerWorkItem)
        {
            if (NextWork(isForeignFirst: turns % TurnsPerForeignTurn == TurnsPerForeignTurn - 1) is { } work)
            {
                turns++;
                // Before the turn: afterwards another dispatcher may be running the work already.
                Volatile.Write(ref _turns, _turns + 1);
                bool wantsMore = work.RunTurn();
                if (ambient is not null)
                    ExecutionContext.Restore(ambient);
                if (wantsMore)
                    scheduler.Requeue(work, this);
            }
            else if (!StaysActive())
            {
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private IScheduled? NextWork(bool isForeignFirst) => isForeignFirst
        ? Steal() ?? Ready.TryTake(ref _ownTurns)
        : Ready.TryTake(ref _ownTurns) ?? Steal();

    private IScheduled? Steal()
    {
        // A different one first every time, so that none is passed over for ever.
        IScheduled? work = scheduler.StealFor(this, firstVictim: _victim++, ref _stolenTurns);
        if (work is not null)
            Volatile.Write(ref _steals, _steals + 1);
        return work;
    }

    private bool StaysActive()
    {
        Volatile.Write(ref _state, Idle);
        Interlocked.MemoryBarrier();
        return scheduler.HasReadyWork && Interlocked.CompareExchange(ref _state, Active, Idle) == Idle;
    }
}

/// <summary>
/// What waits for one dispatcher, in three queues, each first in, first out. Anyone may add and take; who takes keeps the
/// count of the queues' turns.
/// </summary>
/// <typeparam name="TWork">What waits.</typeparam>
internal sealed class ReadyQueues<TWork>
    where TWork : class
{
    private readonly ConcurrentQueue<TWork>[] _queues = [new(), new(), new()];

    public bool IsEmpty => _queues[0].IsEmpty && _queues[1].IsEmpty && _queues[2].IsEmpty;

    public int Count => _queues[0].Count + _queues[1].Count + _queues[2].Count;

    public void Add(TWork work, DispatchPriority priority) => _queues[PriorityTurns.QueueOf(priority)].Enqueue(work);

    /// <summary>Takes what is next.</summary>
    /// <param name="turns">Whose turn it is; stays what it was if there is nothing to take.</param>
    public TWork? TryTake(ref PriorityTurns turns)
    {
        PriorityTurns next = turns;
        // Each queue once, and the first one again: the second time it has all its turns.
        for (int i = 0; i <= _queues.Length; i++)
        {
            if (next.HasTurn && _queues[next.Queue].TryDequeue(out TWork? work))
            {
                next.Use();
                turns = next;
                return work;
            }

            next.Next();
        }

        return null;
    }
}
