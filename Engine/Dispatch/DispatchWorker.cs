using System.Diagnostics;
using System.Diagnostics.Tracing;
using Engine.Diagnostics;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Dispatch;

/// <summary>
/// One dispatcher thread and the lanes that are its own. It looks at all cursors, runs a weighted round over the lanes
/// that have events, waits the poll gap, and looks again; with nothing to do it helps a busy worker, then idles by
/// its wait strategy.
/// </summary>
[DebuggerDisplay("{Name,nq}, {Phase}: {Lanes.Lanes.Length} lanes, asleep {Signal.IsParked}")]
internal abstract class DispatchWorker
{
    // How long a pause is where the dispatcher shares the only processor with the producer: the producer needs it more.
    private static readonly TimeSpan SingleProcessorPause = TimeSpan.FromMilliseconds(1);

    private protected static readonly bool IsSingleProcessor = Environment.ProcessorCount == 1;

    private readonly Action<DispatchLane> _onLaneRemoved;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int? _processor;
    private readonly string _engineName;
    private BatchSizeReport _batchSizeReport;

    // Written by the worker, read by others that look whether it needs help: when its round began, or 0.
    private PaddedInt64 _roundStartTicks;
    private volatile DispatchPhase _phase;

    private protected DispatchWorker(
        string engineName, string name, int? processor, BatchSizer sizer, Action<DispatchLane> onLaneRemoved)
    {
        _engineName = engineName;
        Name = name;
        Sizer = sizer;
        _processor = processor;
        _onLaneRemoved = onLaneRemoved;
    }

    public string Name { get; }

    public WakeSignal Signal { get; } = new();

    public LaneSet Lanes { get; } = new();

    public BatchSizer Sizer { get; }

    /// <summary>How often the host took the core away while this thread polled.</summary>
    public CoreLossMeter CoreLosses { get; } = new();

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    public DispatchPhase Phase
    {
        get => _phase;
        set => _phase = value;
    }

    public long RoundStartTicks => Volatile.Read(ref _roundStartTicks.Value);

    public void Start()
    {
        var thread = new Thread(RunThread) { Name = Name, IsBackground = true };
        // What the starting thread is in the middle of, such as an activity, is no ancestor of every batch to come.
        thread.UnsafeStart();
    }

    private protected abstract void Loop(HandlerScope scope);

    /// <summary>Looks at every lane once; drops lanes whose producer has gone.</summary>
    private protected long CountBacklog(DispatchLane[] lanes, long polled, out double largestFill, HandlerScope scope)
    {
        long backlog = 0;
        largestFill = 0;
        foreach (DispatchLane lane in lanes)
        {
            long waiting = lane.Backlog;
            if (waiting > 0)
            {
                backlog += waiting;
                largestFill = Math.Max(largestFill, (double)waiting / lane.Sequencer.Capacity);
                continue;
            }

            lane.LastEmptyTicks = polled;
            if (lane.IsRetired)
                Remove(lane, scope);
        }

        return backlog;
    }

    private protected int RunRound(DispatchLane[] lanes, in DispatchTurn turn)
    {
        Volatile.Write(ref _roundStartTicks.Value, turn.PollTicks);
        var server = new LaneServer(this, turn, Sizer.MaxBatch);
        int dispatched = WeightedRound.Run<DispatchLane, LaneServer>(lanes, ref server);
        Volatile.Write(ref _roundStartTicks.Value, 0);
        return dispatched;
    }

    /// <summary>Dispatches one batch of each waiting lane of another worker.</summary>
    public int ServeLanesOf(DispatchWorker other, in DispatchTurn turn)
    {
        // While it helps, its own lanes may need help.
        Volatile.Write(ref _roundStartTicks.Value, turn.PollTicks);
        var server = new LaneServer(this, turn, Sizer.MaxBatch);
        int dispatched = 0;
        foreach (DispatchLane lane in other.Lanes.Lanes)
            dispatched += server.Serve(lane, out _);
        Volatile.Write(ref _roundStartTicks.Value, 0);
        return dispatched;
    }

    private protected void WaitGap(long fromTicks)
    {
        long gap = Sizer.PollGapTicks;
        if (gap == 0 || Phase != DispatchPhase.Running)
            return;
        if (IsSingleProcessor)
        {
            Signal.Pause(SingleProcessorPause);
            return;
        }

        CoreLosses.Break();
        for (long now = fromTicks; now - fromTicks < gap && Phase == DispatchPhase.Running; now = MonotonicClock.Now)
        {
            CoreLosses.Look(now);
            Thread.SpinWait(1);
        }
    }

    /// <summary>Tells trace sessions of the batch size and the poll gap, where they have changed much.</summary>
    private protected void TraceBatchSize(long now)
    {
        EngineEventSource log = EngineEventSource.Log;
        if (log.IsEnabled(EventLevel.Informational, EngineEventSource.Keywords.Dispatch) && _batchSizeReport.IsDue(Sizer, now))
            log.BatchSizeChanged(_engineName, Name, Sizer.MaxBatch, MonotonicClock.ToMicroseconds(Sizer.PollGapTicks));
    }

    /// <summary>Sleeps until woken or until the time is over, unless there is something to do.</summary>
    private protected void Park<TCheck>(in TCheck check, TimeSpan timeout)
        where TCheck : struct, IProgressCheck
    {
        EngineEventSource log = EngineEventSource.Log;
        bool isTraced = log.IsEnabled(EventLevel.Verbose, EngineEventSource.Keywords.Dispatch);
        if (isTraced)
            log.DispatcherParked(_engineName, Name);
        long start = MonotonicClock.Now;
        Signal.Park(check, timeout);
        if (isTraced)
            log.DispatcherWoken(_engineName, Name, MonotonicClock.ToMicroseconds(MonotonicClock.Now - start));
    }

    /// <summary>Ends the lanes, which have been closed. Returns false if one of them has got events meanwhile.</summary>
    private protected bool TryFinishLanes(HandlerScope scope)
    {
        bool isFinished = true;
        foreach (DispatchLane lane in Lanes.Lanes)
            isFinished &= TryFinish(lane, scope);
        return isFinished;
    }

    private void Remove(DispatchLane lane, HandlerScope scope)
    {
        // The producer retired the lane after its last publish, so a look after seeing the mark sees that publish.
        if (!TryFinish(lane, scope))
            return;
        Lanes.Remove(lane);
        _onLaneRemoved(lane);
    }

    private static bool TryFinish(DispatchLane lane, HandlerScope scope)
    {
        var spinner = new SpinWait();
        while (!lane.Sequencer.TryAcquireConsumer())
            spinner.SpinOnce();
        bool isEmpty = lane.Sequencer.TrySealEmpty();
        if (isEmpty)
            lane.DispatchTrailingLoss(scope);
        lane.Sequencer.ReleaseConsumer();
        return isEmpty;
    }

    private void RunThread()
    {
        DispatcherThread.IsCurrent = true;
        if (_processor is int processor)
            ThreadAffinity.TryPinCurrentThread(processor);
        Loop(HandlerScope.Current);
        _ended.SetResult();
    }

    /// <summary>Serves a lane if nobody else does.</summary>
    private readonly struct LaneServer(DispatchWorker worker, DispatchTurn turn, int maxBatch) : ILaneServer<DispatchLane>
    {
        public int WeightOf(DispatchLane lane) => lane.Weight;

        public int Serve(DispatchLane lane, out bool hasMore)
        {
            hasMore = false;
            if (!lane.HasBacklog || worker.Phase == DispatchPhase.Abandoned || !lane.Sequencer.TryAcquireConsumer())
                return 0;
            int dispatched = lane.DispatchBatch(maxBatch, turn, out hasMore);
            lane.Sequencer.ReleaseConsumer();
            return dispatched;
        }
    }
}
