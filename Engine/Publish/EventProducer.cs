using System.Diagnostics;
using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>
/// One publishing thread's access to the engine, typically a virtual CPU's. It gives out a lane per event type, which
/// the thread keeps in fields. Not thread-safe: all members but <see cref="SubscriptionVersion"/> belong to the one
/// thread that publishes.
/// </summary>
[DebuggerDisplay("{Info.Name,nq}, {_lanes.Count} lanes")]
public sealed class EventProducer : IVCpuLanes, IDisposable
{
    private readonly ILaneFactory _factory;
    private readonly ProducerState _state;
    private readonly Dictionary<Type, object> _lanes = [];
    private readonly List<IPositionedLane> _positioned = [];
    private bool _isDisposed;
    private uint _ordinal;

    /// <summary>What the lanes share.</summary>
    internal ProducerState State => _state;

    internal EventProducer(ILaneFactory factory, ProducerState state)
    {
        _factory = factory;
        _state = state;
    }

    /// <summary>Id and name, as handlers see them.</summary>
    public ProducerInfo Info => _state.Info;

    /// <summary>
    /// Changes whenever any subscription of the engine comes or goes. A virtual CPU compares it with the value it saw
    /// last, at block entry, to choose its loop. One load.
    /// </summary>
    public int SubscriptionVersion => _state.SubscriptionVersion;

    /// <summary>
    /// Instructions the virtual CPU has retired, as far as handlers should know: they see it in the envelope. One plain
    /// store.
    /// </summary>
    public long InstructionCount
    {
        get => _state.InstructionCount;
        set => _state.InstructionCount = value;
    }

    /// <summary>
    /// Here and now, as the rarer events say it: <see cref="InstructionCount"/>, the virtual CPU of <see cref="Info"/> or 0, and an
    /// ordinal that goes up by one with each call. Allocates nothing.
    /// </summary>
    /// <param name="pc">Guest address of the instruction that causes the event, or that is about to run.</param>
    public ExecutionPoint At(ulong pc) => new((ulong)InstructionCount, pc, _ordinal++, Info.VCpu ?? 0);

    /// <summary>
    /// For a virtual CPU between two instructions, when all that happened before has been published: what begins or ends at this
    /// instruction does so now. To be called where <see cref="SubscriptionVersion"/> has changed, and at the count that the last call
    /// returned. Takes a lock, and may allocate.
    /// </summary>
    /// <param name="instructionCount">Instructions that the virtual CPU has retired.</param>
    /// <returns>The count at which to call again; the virtual CPU must not run past it. The largest value if there is none.</returns>
    public ulong ReachBoundary(ulong instructionCount) => _state.Boundaries.Reach(instructionCount, this);

    /// <summary>
    /// The regions that subscriptions to <c>vm.instruction</c> want of this virtual CPU now, for it to count by. Changes with
    /// <see cref="SubscriptionVersion"/>. Allocates.
    /// </summary>
    /// <param name="areAllWanted">Whether instructions outside all regions have to be published as well.</param>
    public IReadOnlyList<RegionTally> GetRegions(out bool areAllWanted)
    {
        areAllWanted = _state.WantsBeyondRegions;
        return _state.Boundaries.TalliesOf(Info);
    }

    /// <summary>
    /// The virtual time of what is published from now on, in a unit that the producers of a host share: for a virtual CPU its retired
    /// instructions and those it could have retired while it was parked. A merging subscription orders by it. At the largest value, where
    /// producers stand that have ended, events are delivered as they come, and wait for no other producer's of that time. One plain store.
    /// </summary>
    public long VirtualTime
    {
        get => _state.VirtualTime;
        set => _state.VirtualTime = value;
    }

    /// <summary>
    /// Promises that nothing will be published any more with a virtual time below this, so that a merging subscription need not wait for
    /// it: to be called where what was gathered has been published, and on and on while a virtual CPU is parked. Less than before is
    /// ignored. One plain store, for the thread that publishes, or one to which the producer was handed over.
    /// </summary>
    /// <param name="virtualTime">The least virtual time of what may still come.</param>
    public void ReportProgress(long virtualTime) => _state.ReportProgress(virtualTime);

    /// <summary>The lane of an event type, made at the first call. Keep it in a field.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <exception cref="InvalidOperationException">
    /// The event type is not registered with the engine, or the engine has been stopped.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The producer has been disposed.</exception>
    public EventLane<T> GetLane<T>()
        where T : unmanaged, IEvent<T>
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _lanes.TryGetValue(typeof(T), out object? existing) ? (EventLane<T>)existing : Add(_factory.CreateLane<T>(_state));
    }

    /// <summary>How far it is with each of its lanes.</summary>
    public ProducerPosition GetPosition() => new(Info, InstructionCount, [.. _positioned.Select(static lane => lane.Position)]);

    /// <summary>
    /// Waits until all that it has published has been handled by dispatched subscribers. Returns the event type that was not in time,
    /// or null. Where nobody dispatches it does not wait.
    /// </summary>
    internal string? Drain(TimeSpan timeout)
    {
        long end = MonotonicClock.Now + MonotonicClock.FromTimeSpan(timeout);
        var spinner = new SpinWait();
        foreach (IPositionedLane lane in _positioned)
        {
            while (lane.HasBacklog)
            {
                if (!lane.HasConsumer || MonotonicClock.Now >= end)
                    return lane.Position.EventType;
                spinner.SpinOnce();
            }
        }

        return null;
    }

    /// <summary>
    /// The virtual CPU is back at a position. What is published next gets the sequences that it had behind it, or else follows on what was
    /// published. Nothing may wait in its lanes.
    /// </summary>
    internal void SetBack(ProducerPosition position, bool repeats)
    {
        foreach (IPositionedLane lane in _positioned)
        {
            if (repeats)
                lane.Position = position[lane.Position.EventType];
        }

        InstructionCount = position.InstructionCount;
        _state.TakeBackProgress();
        _state.Boundaries.Rewind((ulong)position.InstructionCount, this);
    }

    bool IVCpuLanes.TryGetNextSequence<T>(out long sequence)
    {
        bool exists = _lanes.TryGetValue(typeof(T), out object? lane);
        sequence = exists ? ((EventLane<T>)lane!).NextSequence : 0;
        return exists;
    }

    LaneUse IVCpuLanes.GetUse<T>()
    {
        if (!_lanes.TryGetValue(typeof(T), out object? existing))
            return default;
        var lane = (EventLane<T>)existing;
        Ring.RingLedger ledger = lane.Ledger;
        return new LaneUse(ledger.Buffered, lane.Capacity, ledger.Lost + ledger.Rejected);
    }

    void IVCpuLanes.Publish<T>(in T @event)
    {
        if (_lanes.TryGetValue(typeof(T), out object? existing))
            ((EventLane<T>)existing).Publish(@event);
        else if (_factory.TryCreateLane<T>(_state) is { } lane)
            Add(lane).Publish(@event);
    }

    /// <summary>
    /// Hands the producer to another thread, which becomes its owner with its first publish. The hand-over itself must
    /// be synchronised by the caller. Only Debug builds check ownership.
    /// </summary>
    public void ReleaseOwnership() => _state.ReleaseOwnership();

    /// <summary>
    /// Ends the producer. Events already published are still dispatched, and its counts stay in the statistics.
    /// Publishing into its lanes afterwards ends with <see cref="PublishOutcome.Stopped"/>.
    /// </summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (Info.VCpu is not null)
            _state.Boundaries.End((ulong)InstructionCount, this);
        _state.ReportProgress(long.MaxValue);
        _factory.Retire(_state);
    }

    private EventLane<T> Add<T>(EventLane<T> lane)
        where T : unmanaged, IEvent<T>
    {
        _lanes.Add(typeof(T), lane);
        _positioned.Add(lane.Positioned);
        return lane;
    }
}
