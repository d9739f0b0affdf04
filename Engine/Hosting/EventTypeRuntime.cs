using System.Diagnostics;
using Engine.Diagnostics;
using Engine.Dispatch;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Hosting;

/// <summary>What the engine holds for one event type: its subscriptions, its lanes, and the counts of lanes that have gone.</summary>
[DebuggerDisplay("{Descriptor.Name,nq}: {_lanes.Count} lanes")]
internal abstract class EventTypeRuntime(EventDescriptor descriptor)
{
    // A host that makes producers without end has the last of them added up.
    private const int MaxRetiredLedgers = 1_024;
    private static readonly ProducerInfo Others = new(-1, "others");

    private protected readonly Lock LaneLock = new();
    private readonly List<EventLedger> _retired = [];
    private readonly List<LaneRecord> _lanes = [];
    private readonly List<DurationHistogram> _latencies = [];
    private RingLedger _retiredLedger;
    private long _retiredBatches;
    private long _retiredLargestBatch;
    private long _retiredInlineOnly;

    public EventDescriptor Descriptor { get; } = descriptor;

    public abstract SubscriptionRegistry Subscriptions { get; }

    /// <summary>Shows the event type.</summary>
    public abstract void Accept(IEventTypeVisitor visitor);

    /// <summary>Fixes what is left in the lanes after the end, and returns how many events that is.</summary>
    public long Seal()
    {
        lock (LaneLock)
            return _lanes.Sum(static lane => lane.Dispatch.Sequencer.Seal());
    }

    /// <summary>Tells all lanes whether a consumer serves them.</summary>
    public void SetHasConsumer(bool hasConsumer)
    {
        lock (LaneLock)
        {
            foreach (LaneRecord lane in _lanes)
                lane.Dispatch.Sequencer.HasConsumer = hasConsumer;
        }
    }

    /// <summary>Ends publishing into all lanes.</summary>
    public void Close()
    {
        Subscriptions.Close();
        lock (LaneLock)
        {
            foreach (LaneRecord lane in _lanes)
                lane.Dispatch.Sequencer.Close();
        }
    }

    /// <summary>Ends a producer's lane; the dispatcher drops it when it is empty.</summary>
    public DispatchLane? Retire(ProducerState producer)
    {
        lock (LaneLock)
        {
            LaneRecord? record = _lanes.Find(lane => lane.Producer == producer);
            if (record is null)
                return null;
            StopListening(record.Listener);
            ISubscriptionListener.Tell([record.Listener], static _ => DeliveryModes.Closed);
            record.Dispatch.Retire();
            return record.Dispatch;
        }
    }

    /// <summary>Keeps the counts of a lane that the dispatcher has dropped.</summary>
    public void Absorb(DispatchLane dispatch)
    {
        lock (LaneLock)
        {
            int index = _lanes.FindIndex(lane => lane.Dispatch == dispatch);
            if (index < 0)
                return;
            _retiredLedger += dispatch.Sequencer.Ledger;
            _retiredInlineOnly += _lanes[index].InlineOnlyCount();
            KeepLedger(_lanes[index]);
            _retiredBatches += dispatch.Batches;
            _retiredLargestBatch = Math.Max(_retiredLargestBatch, dispatch.LargestBatch);
            _latencies.Add(dispatch.Latency);
            _lanes.RemoveAt(index);
        }
    }

    /// <summary>The ledger of each lane, those that have gone first.</summary>
    public EventLedger[] ReadLedgers()
    {
        lock (LaneLock)
            return [.. _retired, .. _lanes.Select(LedgerOf)];
    }

    public EventTypeStatistics GetStatistics()
    {
        lock (LaneLock)
        {
            RingLedger ring = _lanes.Aggregate(_retiredLedger, static (sum, lane) => sum + lane.Dispatch.Sequencer.Ledger);
            long inlineOnly = _retiredInlineOnly + _lanes.Sum(static lane => lane.InlineOnlyCount());
            return new EventTypeStatistics(
                Descriptor.Name,
                ring with { Published = ring.Published + inlineOnly, Dispatched = ring.Dispatched + inlineOnly },
                Subscriptions.HandlerErrors,
                _retiredBatches + _lanes.Sum(static lane => lane.Dispatch.Batches),
                _lanes.Aggregate(_retiredLargestBatch, static (max, lane) => Math.Max(max, lane.Dispatch.LargestBatch)),
                ring.Dispatched,
                DurationDistribution.Of(_latencies.Concat(_lanes.Select(static lane => lane.Dispatch.Latency))),
                _lanes.Sum(static lane => (long)lane.Dispatch.Sequencer.Capacity),
                Subscriptions.Count);
        }
    }

    /// <summary>How full the lanes are that are still served.</summary>
    public LaneOccupancy[] ReadLanes()
    {
        lock (LaneLock)
        {
            return [.. _lanes.Select(lane => new LaneOccupancy(
                Descriptor.Name, lane.Producer.Info.Name, lane.Dispatch.Sequencer.Ledger.Buffered, lane.Dispatch.Sequencer.Capacity))];
        }
    }

    private protected void Add(LaneRecord record)
    {
        lock (LaneLock)
            _lanes.Add(record);
    }

    private EventLedger LedgerOf(LaneRecord lane)
    {
        RingLedger ring = lane.Dispatch.Sequencer.Ledger;
        long inlineOnly = lane.InlineOnlyCount();
        return new EventLedger(
            Descriptor.Name, lane.Producer.Info,
            ring with { Published = ring.Published + inlineOnly, Dispatched = ring.Dispatched + inlineOnly });
    }

    private void KeepLedger(LaneRecord lane)
    {
        EventLedger ledger = LedgerOf(lane);
        if (_retired.Count < MaxRetiredLedgers)
            _retired.Add(ledger);
        else
            _retired[^1] = new EventLedger(Descriptor.Name, Others, _retired[^1].Ledger + ledger.Ledger);
    }

    private protected abstract void StopListening(ISubscriptionListener listener);

    /// <summary>One lane, from both sides.</summary>
    private protected sealed record LaneRecord(
        ProducerState Producer, DispatchLane Dispatch, ISubscriptionListener Listener, Func<long> InlineOnlyCount);
}

/// <summary>What the engine holds for a known event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class EventTypeRuntime<T>(EventDescriptor descriptor, SubscriptionContext context)
    : EventTypeRuntime(descriptor)
    where T : unmanaged, IEvent<T>
{
    private SharedEventLane<T>? _sharedLane;

    public SubscriptionRegistry<T> Registry { get; } = new(descriptor, context);

    public override SubscriptionRegistry Subscriptions => Registry;

    public override void Accept(IEventTypeVisitor visitor) => visitor.Visit<T>();

    public EventLane<T> CreateLane(ProducerState producer, DispatchWorker worker, bool hasConsumer)
    {
        var buffer = new RingBuffer<T>(Descriptor.Capacity);
        var core = new LaneCore<T>(buffer, worker.Signal, Registry, producer) { HasConsumer = hasConsumer };
        Serve(buffer, core, producer, worker, core, () => core.InlineOnlyCount);
        return new EventLane<T>(core);
    }

    public SharedEventLane<T> GetSharedLane(ProducerState producer, DispatchWorker worker, bool hasConsumer, out bool isNew)
    {
        lock (LaneLock)
        {
            isNew = _sharedLane is null;
            if (_sharedLane is not null)
                return _sharedLane;
            var buffer = new RingBuffer<T>(Descriptor.Capacity);
            var sequencer = new SharedLaneSequencer(Descriptor, worker.Signal, producer) { HasConsumer = hasConsumer };
            var lane = new SharedEventLane<T>(buffer, sequencer, Registry, producer);
            Serve(buffer, sequencer, producer, worker, lane, () => lane.InlineOnlyCount);
            return _sharedLane = lane;
        }
    }

    private protected override void StopListening(ISubscriptionListener listener) => Registry.RemoveListener(listener);

    private void Serve(
        RingBuffer<T> buffer, Sequencer sequencer, ProducerState producer, DispatchWorker worker,
        ISubscriptionListener listener, Func<long> inlineOnlyCount)
    {
        var dispatch = new DispatchLane<T>(buffer, sequencer, Registry, producer.Info, () => producer.InstructionCount);
        Add(new LaneRecord(producer, dispatch, listener, inlineOnlyCount));
        worker.Lanes.Add(dispatch);
        Registry.AddListener(listener);
    }
}
