using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>What a subscription asks of one virtual CPU. All members are called under the lock of the <see cref="BoundaryBook"/>.</summary>
internal abstract class BoundaryRequest(Boundary? from, Boundary? until, ExecutionRegion? region)
    : VCpuRequest((from ?? until)!.Value)
{
    private readonly ulong _end = until?.InstructionCount ?? ulong.MaxValue;
    private ulong? _from = from is { IsNext: false } exact ? exact.InstructionCount : null;
    private BoundaryState _state;
    private ulong _firstCount;
    private ulong _endCount;
    private ulong _passedCount;

    /// <summary>The subscription that asks.</summary>
    public abstract Subscription Subscription { get; }

    /// <summary>The count of what is in its region, or null without one.</summary>
    public RegionTally? Tally { get; } = region is null ? null : new RegionTally(region);

    /// <summary>Whether it lies between its boundaries.</summary>
    public bool IsActive => _state == BoundaryState.Active;

    /// <summary>What it has come to.</summary>
    public BoundaryCoverage Coverage => new(
        _state, _firstCount, _endCount - 1, _passedCount, Tally?.Inside ?? 0, Tally?.Outside ?? 0);

    /// <inheritdoc/>
    public override ulong NextCount => _state switch
    {
        BoundaryState.Waiting => _from ?? 0,
        BoundaryState.Active => _end,
        _ => ulong.MaxValue,
    };

    /// <inheritdoc/>
    public override bool Reach(ulong count, IVCpuLanes lanes)
    {
        BoundaryState before = _state;
        if (_state == BoundaryState.Waiting && (_from ?? 0) <= count)
        {
            if (_from is ulong first && first != count || _end <= count)
                (_state, _passedCount) = (BoundaryState.Refused, count);
            else
                Begin(count, lanes);
        }

        if (_state == BoundaryState.Active && _end <= count)
        {
            (_state, _endCount) = (BoundaryState.Ended, count);
            Close(lanes);
        }

        return _state != before;
    }

    /// <inheritdoc/>
    public override bool End(ulong count, IVCpuLanes lanes)
    {
        switch (_state)
        {
            case BoundaryState.Waiting:
                (_state, _passedCount) = (BoundaryState.NeverReached, count);
                return true;
            case BoundaryState.Active:
                (_state, _endCount) = (BoundaryState.Ended, count);
                Close(lanes);
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    public override bool Rewind(ulong count)
    {
        bool hasBegun = _state is BoundaryState.Active or BoundaryState.Ended;
        if (hasBegun && _firstCount > count)
        {
            // It covers the same instructions again, also where it began at the first look.
            (_state, _from) = (BoundaryState.Waiting, _firstCount);
            Tally?.Set(0, 0);
            Forget();
            return true;
        }

        if (_state != BoundaryState.Ended || _endCount <= count)
            return false;
        _state = BoundaryState.Active;
        Reopen();
        return true;
    }

    /// <inheritdoc/>
    public override Action Tell(IVCpuLanes lanes)
    {
        BoundaryCoverage coverage = Coverage;
        ProducerInfo producer = lanes.Info;
        return () => Subscription.TellCoverage(coverage, producer);
    }

    private void Begin(ulong count, IVCpuLanes lanes)
    {
        (_state, _firstCount) = (BoundaryState.Active, count);
        Open(lanes);
    }

    private protected abstract void Open(IVCpuLanes lanes);

    private protected abstract void Close(IVCpuLanes lanes);

    private protected abstract void Reopen();

    private protected abstract void Forget();
}

/// <summary>What a subscription to a known event type asks of one virtual CPU.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class BoundaryRequest<T>(
    SubscriptionRegistry<T> registry, Subscription<T> subscription, SubscriptionOptions<T> options)
    : BoundaryRequest(options.From, options.Until, options.Region)
    where T : unmanaged, IEvent<T>
{
    private readonly BoundaryWindow<T> _window = subscription.BoundedWindow!;

    public override Subscription Subscription => subscription;

    private protected override void Open(IVCpuLanes lanes)
    {
        _window.Open(lanes.Info.Id, lanes.TryGetNextSequence<T>(out long sequence) ? sequence : 0);
        registry.Admit(subscription);
    }

    private protected override void Close(IVCpuLanes lanes)
    {
        _window.Close(lanes.TryGetNextSequence<T>(out long sequence) ? sequence : 0);
        registry.Refresh();
    }

    private protected override void Reopen()
    {
        _window.Reopen();
        registry.Refresh();
    }

    private protected override void Forget()
    {
        _window.Forget();
        registry.Refresh();
    }
}
