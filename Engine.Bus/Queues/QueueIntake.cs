using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>Takes events of one type from publishers, for the queue of one subscription. Thread-safe.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="subscription">The subscription.</param>
/// <param name="pool">The event type's envelopes.</param>
/// <param name="handler">The handler.</param>
/// <param name="orderingKey">Which events must stay in order; null if that is not said.</param>
internal sealed class QueueIntake<T>(
    SubscriptionCore subscription, QueuedEventPool<T> pool, BoundHandler<T> handler, OrderingKeySelector<T>? orderingKey)
    where T : IEvent<T>
{
    /// <summary>The handler, if publishers can call it themselves.</summary>
    public BusAction<T>? Direct => handler.Sync;

    /// <summary>
    /// What a publisher does for the subscription: calls the handler itself while the mode allows it, and queues the event
    /// otherwise.
    /// </summary>
    public void Deliver(in T @event, EventContext context)
    {
        SubscriptionQueue queue = subscription.Queue!;
        if (!queue.MayRunOnPublisher)
        {
            Enqueue(queue, @event, context, firstFailure: null);
            return;
        }

        long started = queue.BeginOnPublisher(BusThread.Current);
        try
        {
            handler.Sync!(@event, context);
        }
        catch (Exception exception) when (queue.Settings.Retry is not null)
        {
            Enqueue(queue, @event, context, exception);
        }

        queue.EndOnPublisher(started);
    }

    private void Enqueue(SubscriptionQueue queue, in T @event, EventContext context, Exception? firstFailure)
    {
        // Foreign code first: from the claim of a place to its publication nothing may throw, or the events behind it would wait
        // for it for ever.
        QueuePartition partition = orderingKey is null ? queue.PartitionOf(0) : PartitionOf(queue, @event, context);
        EnvelopeRing<QueuedEvent> ring = partition.Rings.Of(context.Priority);
        long now = queue.Bus.TimeProvider.GetTimestamp();
        if (queue.Bus.State == LifecycleState.Created)
            queue.Bus.Log.NotStarted(context.EventType.Name, subscription);
        bool mayWait = queue.MayWaitForRoom(context);
        if (mayWait && context.Waits is { } waits)
        {
            if (!ring.TryClaim(out EnvelopeClaim<QueuedEvent> free))
            {
                QueuedEvent<T> queued = Fill(Rent(), @event, context, now, firstFailure);
                waits.Add(queue.Bus, new QueueRoomWait(queue, partition, queued));
            }
            else
                Publish(partition, free, @event, context, now, firstFailure);
            return;
        }

        ClaimOutcome outcome = ring.Claim(mayWait, out EnvelopeClaim<QueuedEvent> claim);
        if (outcome == ClaimOutcome.Claimed)
        {
            Publish(partition, claim, @event, context, now, firstFailure);
            return;
        }

        context.Record(queue.OutcomeOf(ring, outcome, context));
        if (firstFailure is not null)
        {
            throw new InvalidOperationException(
                $"The handler of {subscription} failed, and its queue has no room for a retry.", firstFailure);
        }
    }

    private QueuePartition PartitionOf(SubscriptionQueue queue, in T @event, EventContext context)
    {
        try
        {
            return queue.PartitionOf(orderingKey!(@event));
        }
        catch (Exception)
        {
            // Whoever called reports it. Without a key it is in no queue, and the publisher must be told.
            context.Record(queue.OutcomeWithoutKey());
            throw;
        }
    }

    private void Publish(
        QueuePartition partition, in EnvelopeClaim<QueuedEvent> claim, in T @event, EventContext context, long now, Exception? firstFailure)
    {
        ref QueuedEvent? slot = ref claim.Slot;
        // Where events of other types share the queue, it may be one of theirs.
        if (slot is null || (handler.IsOfAnyType && slot is not QueuedEvent<T>))
            Replace(ref slot);
        Fill(Unsafe.As<QueuedEvent<T>>(slot)!, @event, context, now, firstFailure);
        claim.Publish();
        partition.Signal();
    }

    private static QueuedEvent<T> Fill(QueuedEvent<T> queued, in T @event, EventContext context, long now, Exception? firstFailure)
    {
        queued.Fill(@event, context, now, firstFailure);
        return queued;
    }

    private QueuedEvent<T> Rent()
    {
        QueuedEvent<T> queued = pool.Rent();
        queued.Enter(handler.IsOfAnyType ? handler : null);
        return queued;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Replace(ref QueuedEvent? slot)
    {
        slot?.Retire();
        slot = Rent();
    }
}
