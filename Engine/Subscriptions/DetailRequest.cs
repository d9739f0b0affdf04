using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Subscriptions;

/// <summary>
/// What a subscription to the execution of a virtual CPU asks of it: to look at its rings from time to time, and to go to another detail
/// there. All that changes is changed under the lock of the <see cref="BoundaryBook"/>.
/// </summary>
internal sealed class DetailRequest(
    ExecutionSubscription subscription, ExecutionOptions options, DetailWindow<InstructionRetired> instructions,
    DetailWindow<BlockExecuted> blocks, Action refreshInstructions, Action refreshBlocks)
    : VCpuRequest(options.From)
{
    private readonly DetailLadder _ladder = new(options.Degradation);
    private readonly ulong _lookInstructions = (ulong)options.Degradation.LookInstructions;
    private readonly ulong _end = options.Until?.InstructionCount ?? ulong.MaxValue;
    private readonly ulong[] _covered = new ulong[3];
    private ExecutionDetail _detail;
    private DetailChanged _ended;
    private ulong _passedCount;
    private ulong _firstCount;
    private ulong _rangeStart;
    private ulong _counted;
    private ulong _lastCount;
    private ulong _nextLook;
    private long _lostInstructions;
    private long _lostBlocks;
    private bool _isEnding;
    private long _changes;

    /// <summary>Where it is.</summary>
    public BoundaryState State { get; private set; }

    /// <summary>What it has come to.</summary>
    public BoundaryCoverage Coverage => new(State, _firstCount, _lastCount - 1, _passedCount, 0, 0);

    /// <inheritdoc/>
    public override bool IsUnrepeatable => State is BoundaryState.Waiting or BoundaryState.Active;

    /// <inheritdoc/>
    public override string Name => subscription.Name;

    /// <inheritdoc/>
    public override ulong NextCount => State switch
    {
        BoundaryState.Waiting => options.From.IsNext ? 0 : options.From.InstructionCount,
        BoundaryState.Active => Math.Min(_end, _nextLook),
        _ => ulong.MaxValue,
    };

    /// <summary>The totals, with what was handed to handlers added.</summary>
    public ExecutionTotals Totals(ulong seenInstructions, ulong seenInBlocks, ulong seenBlocks)
    {
        ulong[] covered = [.. _covered];
        if (State == BoundaryState.Active)
            covered[(int)_detail] += _counted - _rangeStart;
        return new ExecutionTotals(_detail, covered[0], covered[1], covered[2], seenInstructions, seenInBlocks, seenBlocks, _changes);
    }

    /// <summary>Ends it at the virtual CPU's next look.</summary>
    public void EndSoon() => _isEnding = true;

    /// <inheritdoc/>
    public override bool Reach(ulong count, IVCpuLanes lanes)
    {
        if (State == BoundaryState.Waiting)
            TryBegin(count, lanes);
        if (State != BoundaryState.Active)
            return false;
        _counted = count;
        if (_isEnding || count >= _end)
            return EndRange(count, lanes, _detail, DetailChangeReason.Ended);
        if (count < _nextLook)
            return false;
        _nextLook = Later(count);
        ExecutionDetail next = _ladder.Look(Pressure(lanes));
        return next != _detail
            && EndRange(count, lanes, next, next > _detail ? DetailChangeReason.Pressure : DetailChangeReason.Calm);
    }

    /// <inheritdoc/>
    public override bool End(ulong count, IVCpuLanes lanes)
    {
        if (State == BoundaryState.Waiting)
            (State, _passedCount) = (BoundaryState.NeverReached, count);
        return State == BoundaryState.Active && EndRange(count, lanes, _detail, DetailChangeReason.Ended);
    }

    /// <inheritdoc/>
    public override bool Rewind(ulong count) => false;

    /// <inheritdoc/>
    public override Action Tell(IVCpuLanes lanes)
    {
        DetailChanged ended = _ended;
        return () =>
        {
            lanes.Publish(ended);
            subscription.TellDetail(ended, lanes.Info);
        };
    }

    private void TryBegin(ulong count, IVCpuLanes lanes)
    {
        if (count < NextCount && !_isEnding)
            return;
        if (!options.From.IsNext && options.From.InstructionCount != count || _end <= count || _isEnding)
        {
            (State, _passedCount) = (BoundaryState.Refused, count);
            return;
        }

        State = BoundaryState.Active;
        (_firstCount, _rangeStart, _counted, _lastCount) = (count, count, count, count);
        _nextLook = Later(count);
        // What was lost before is not its pressure.
        _ = PressureOf<InstructionRetired>(lanes, ref _lostInstructions);
        _ = PressureOf<BlockExecuted>(lanes, ref _lostBlocks);
        Open(lanes);
    }

    private bool EndRange(ulong count, IVCpuLanes lanes, ExecutionDetail next, DetailChangeReason reason)
    {
        (long first, long events) = Close(lanes);
        _ended = new DetailChanged(
            _rangeStart, count - _rangeStart, first, events, (uint)subscription.Id, lanes.Info.VCpu ?? 0, _detail, next, reason);
        _covered[(int)_detail] += count - _rangeStart;
        _changes++;
        (_rangeStart, _counted, _lastCount) = (count, count, count);
        if (reason == DetailChangeReason.Ended)
        {
            State = BoundaryState.Ended;
            return true;
        }

        _detail = next;
        Open(lanes);
        return true;
    }

    private void Open(IVCpuLanes lanes)
    {
        if (_detail == ExecutionDetail.Instructions)
        {
            instructions.Open(lanes.Info.Id, Next<InstructionRetired>(lanes));
            refreshInstructions();
        }
        else if (_detail == ExecutionDetail.Blocks)
        {
            blocks.Open(lanes.Info.Id, Next<BlockExecuted>(lanes));
            refreshBlocks();
        }
    }

    private (long First, long Count) Close(IVCpuLanes lanes)
    {
        long end;
        long first;
        switch (_detail)
        {
            case ExecutionDetail.Instructions:
                end = Next<InstructionRetired>(lanes);
                first = instructions.Close(end);
                refreshInstructions();
                return (first, end - first);
            case ExecutionDetail.Blocks:
                end = Next<BlockExecuted>(lanes);
                first = blocks.Close(end);
                refreshBlocks();
                return (first, end - first);
            default:
                return (0, 0);
        }
    }

    private double Pressure(IVCpuLanes lanes)
    {
        LanePressure ofInstructions = PressureOf<InstructionRetired>(lanes, ref _lostInstructions);
        LanePressure ofBlocks = PressureOf<BlockExecuted>(lanes, ref _lostBlocks);
        double fill = Math.Max(ofInstructions.Fill, ofBlocks.Fill);
        if (options.Degradation.Pressure is not { } pressure)
            return fill;
        try
        {
            return pressure(ofInstructions, ofBlocks);
        }
        catch (Exception exception)
        {
            subscription.ReportError(lanes.Info, exception);
            return fill;
        }
    }

    private ulong Later(ulong count) => count > ulong.MaxValue - _lookInstructions ? ulong.MaxValue : count + _lookInstructions;

    private static LanePressure PressureOf<T>(IVCpuLanes lanes, ref long lost)
        where T : unmanaged, IEvent<T>
    {
        LaneUse use = lanes.GetUse<T>();
        long since = use.Lost - lost;
        lost = use.Lost;
        return new LanePressure(use.Buffered, use.Capacity, since);
    }

    private static long Next<T>(IVCpuLanes lanes)
        where T : unmanaged, IEvent<T> =>
        lanes.TryGetNextSequence<T>(out long sequence) ? sequence : 0;
}
