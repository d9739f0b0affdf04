using System.Diagnostics.Tracing;
using Engine.Diagnostics;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Dispatch;

/// <summary>The dispatcher's side of a lane of a known event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class DispatchLane<T>(
    RingBuffer<T> buffer,
    Sequencer sequencer,
    SubscriptionRegistry<T> registry,
    ProducerInfo producer,
    Func<long> instructionCount)
    : DispatchLane(registry.Descriptor, producer, sequencer)
    where T : unmanaged, IEvent<T>
{
    private readonly RingReader<T> _reader = new(buffer, sequencer);

    // A producer that finds the ring full goes on when the batch in work is done, so no batch is most of the ring.
    private readonly int _maxBatch = Math.Max(1, buffer.Capacity / 4);

    public override int DispatchBatch(int maxEvents, in DispatchTurn turn, out bool hasMore)
    {
        hasMore = false;
        if (!_reader.TryRead(Math.Min(maxEvents, _maxBatch), out RingBatch<T> batch))
            return 0;
        hasMore = batch.HasMore;
        ReadOnlySpan<T> events = batch.Events;
        Subscription<T>[] subscriptions = registry.Table.Dispatched;
        if (batch.LostBefore > 0)
            DispatchLoss(batch.FirstSequence - batch.LostBefore, batch.FirstSequence - 1, subscriptions, turn.Scope);

        long position = Sequencer.Consumed;
        Sequencer.Stamps.Record(position, position + events.Length, Latency);
        var envelope = new Envelope(
            EventType, Producer, batch.FirstSequence, instructionCount(), LastEmptyTicks, MonotonicClock.Now, isInline: false);
        EngineEventSource log = EngineEventSource.Log;
        // Kept for the stop event, so that a session that begins or ends meanwhile gets no half of an activity.
        bool isTraced = log.IsEnabled(EventLevel.Verbose, EngineEventSource.Keywords.Dispatch);
        if (isTraced)
            log.BatchStart(registry.EngineName, EventType.Name, Producer.Id, Producer.Name, batch.FirstSequence, events.Length);
        bool isHeard = false;
        foreach (Subscription<T> subscription in subscriptions)
            isHeard |= subscription.Deliver(events, envelope, turn.Scope);
        if (isTraced)
            log.BatchStop(registry.EngineName, EventType.Name, Producer.Id, Producer.Name, batch.FirstSequence, events.Length);

        if (isHeard)
            CountBatch(events.Length);
        else
            Sequencer.CountUndelivered(events.Length);
        _reader.Advance(events.Length);
        return events.Length;
    }

    public override void DispatchTrailingLoss(HandlerScope scope)
    {
        long first = Sequencer.Consumed + Sequencer.SequenceOffset;
        long lost = Sequencer.TakeTrailingLoss();
        if (lost > 0)
            DispatchLoss(first, first + lost - 1, registry.Table.Dispatched, scope);
    }

    private void DispatchLoss(long first, long last, Subscription<T>[] subscriptions, HandlerScope scope)
    {
        OverflowPolicy cause = Sequencer.Policy;
        EngineEventSource log = EngineEventSource.Log;
        if (log.IsEnabled(EventLevel.Warning, EngineEventSource.Keywords.Backpressure))
            log.EventsLost(registry.EngineName, EventType.Name, Producer.Id, Producer.Name, first, last, cause.ToString());
        var notice = new LossNotice(EventType, Producer, first, last, cause);
        foreach (Subscription<T> subscription in subscriptions)
            subscription.DeliverLoss(notice, scope);
    }
}
