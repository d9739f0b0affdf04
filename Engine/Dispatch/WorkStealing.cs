using Engine.Primitives;

namespace Engine.Dispatch;

/// <summary>
/// Lets idle workers take batches from lanes of a worker that has been busy with one round for too long, for example
/// in a slow handler. Whole batches of whole lanes, under the lane's consumer lease: order within a lane is kept, and no lane
/// runs twice at once. The lane stays the busy worker's own.
/// </summary>
internal sealed class WorkStealing(TimeSpan stealAfter)
{
    private readonly long _stealAfterTicks = MonotonicClock.FromTimeSpan(stealAfter);
    private DispatchWorker[] _workers = [];

    public void SetWorkers(DispatchWorker[] workers) => _workers = workers;

    /// <summary>Dispatches one batch of each waiting lane of the busy workers. Returns whether there was any.</summary>
    public bool TryHelp(DispatchWorker helper, in DispatchTurn turn)
    {
        int dispatched = 0;
        foreach (DispatchWorker worker in _workers)
        {
            if (worker == helper || !IsStuck(worker, turn.PollTicks) || !worker.Lanes.HasBacklog)
                continue;
            // The helper may get stuck in its turn.
            WakeWatcher(helper);
            dispatched += helper.ServeLanesOf(worker, turn);
        }

        return dispatched > 0;
    }

    /// <summary>Wakes sleeping workers when a busy one has more than it can do at once.</summary>
    public void WakeHelpers(DispatchWorker busy)
    {
        if (_workers.Length < 2 || !busy.Lanes.HasBacklog)
            return;
        foreach (DispatchWorker worker in _workers)
        {
            if (worker != busy && worker.Signal.IsParked)
                worker.Signal.Wake();
        }
    }

    /// <summary>
    /// Wakes one sleeping worker before another begins to work: what begins may get stuck in a handler and can then
    /// call nobody. While any worker is awake, a sleeper that has been woken looks again by itself.
    /// </summary>
    public void WakeWatcher(DispatchWorker beginning)
    {
        foreach (DispatchWorker worker in _workers)
        {
            if (worker == beginning || !worker.Signal.IsParked)
                continue;
            worker.Signal.Wake();
            return;
        }
    }

    /// <summary>
    /// Whether a worker that goes to sleep should look again soon. Asked once more after it has announced its sleep:
    /// a worker that wakes up then either is seen by this look or sees the sleeper in <see cref="WakeWatcher"/>.
    /// </summary>
    public bool OthersAreBusy(DispatchWorker idle)
    {
        foreach (DispatchWorker worker in _workers)
        {
            if (worker != idle && !worker.Signal.IsParked && !worker.Ended.IsCompleted)
                return true;
        }

        return false;
    }

    private bool IsStuck(DispatchWorker worker, long now)
    {
        long start = worker.RoundStartTicks;
        return start != 0 && now - start > _stealAfterTicks;
    }
}
