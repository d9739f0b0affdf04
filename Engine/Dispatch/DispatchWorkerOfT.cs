using Engine.Primitives;
using Engine.Ring;
using Engine.Ring.WaitStrategies;
using Engine.Subscriptions;

namespace Engine.Dispatch;

/// <summary>The loop of a dispatcher thread, compiled for its wait strategy.</summary>
/// <typeparam name="TWait">What to do when there is nothing to do.</typeparam>
internal sealed class DispatchWorker<TWait>(
    string engineName, string name, int? processor, BatchSizer sizer, Action<DispatchLane> onLaneRemoved,
    TWait wait, WorkStealing stealing)
    : DispatchWorker(engineName, name, processor, sizer, onLaneRemoved)
    where TWait : struct, IWaitStrategy
{
    private const int PausesPerSpin = 1;

    // A parked worker looks this often whether a busy one needs help.
    private static readonly TimeSpan StealInterval = TimeSpan.FromMilliseconds(1);

    private protected override void Loop(HandlerScope scope)
    {
        long previousFind = MonotonicClock.Now;
        long idleSince = previousFind;
        int emptyPolls = 0;
        bool hasSlept = false;
        while (Phase != DispatchPhase.Abandoned)
        {
            // Before the look: what was published before draining began is then seen by it.
            DispatchPhase phase = Phase;
            DispatchLane[] lanes = Lanes.Lanes;
            long polled = MonotonicClock.Now;
            CoreLosses.Look(polled);
            long backlog = CountBacklog(lanes, polled, out double largestFill, scope);
            if (backlog > 0)
            {
                CoreLosses.Break();
                if (hasSlept)
                    stealing.WakeWatcher(this);
                hasSlept = false;
                long found = MonotonicClock.Now;
                int dispatched = RunRound(lanes, new DispatchTurn(scope, polled));
                long done = MonotonicClock.Now;
                if (dispatched > 0)
                {
                    Sizer.Record(new PollSample(
                        backlog, largestFill, polled - previousFind, found - polled, dispatched, done - found));
                    wait.Found(backlog, polled - previousFind);
                    TraceBatchSize(done);
                    (previousFind, idleSince, emptyPolls) = (polled, done, 0);
                    stealing.WakeHelpers(this);
                    WaitGap(done);
                    continue;
                }
            }
            else if (phase == DispatchPhase.Draining)
            {
                if (TryFinishLanes(scope))
                    return;
                continue;
            }

            if (stealing.TryHelp(this, new DispatchTurn(scope, polled)))
            {
                CoreLosses.Break();
                (idleSince, emptyPolls) = (MonotonicClock.Now, 0);
                continue;
            }

            hasSlept |= Idle(++emptyPolls, polled - idleSince, mayPark: backlog == 0);
        }
    }

    /// <summary>Does what the wait strategy says. Returns whether it slept.</summary>
    private bool Idle(int emptyPolls, long idleTicks, bool mayPark)
    {
        switch (wait.Next(emptyPolls, idleTicks))
        {
            case IdleAction.Spin:
                Thread.SpinWait(PausesPerSpin);
                return false;
            case IdleAction.Park when mayPark:
                bool looksAgain = stealing.OthersAreBusy(this);
                CoreLosses.Break();
                Park(new WorkCheck(this, stealing, looksAgain), looksAgain ? StealInterval : Timeout.InfiniteTimeSpan);
                return true;
            default:
                CoreLosses.Break();
                Thread.Yield();
                return false;
        }
    }

    private readonly struct WorkCheck(DispatchWorker worker, WorkStealing stealing, bool looksAgain) : IProgressCheck
    {
        public bool HasProgress() =>
            worker.Phase != DispatchPhase.Running || worker.Lanes.HasBacklog || (!looksAgain && stealing.OthersAreBusy(worker));
    }
}
