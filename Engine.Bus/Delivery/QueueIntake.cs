using System.Runtime.CompilerServices;
using Engine.Bus.Queues;
using Engine.Events;
using Engine.Ring;

namespace Engine.Bus.Delivery;

/// <summary>Takes events of one type from publishers, for the queue of one subscription. Thread-safe.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="subscription">The subscription.</param>
/// <param name="pool">The event type's envelopes.</param>
/// <param name="handler">How the handler is called.</param>
/// <param name="orderingKey">Which events must stay in order; null if that is not said.</param>
/// <param name="isAlone">Whether no other event type comes into the queue.</param>
internal sealed class QueueIntake<T>(
    SubscriptionCore subscription, QueuedEventPool<T> pool, HandlerForm<T> handler, OrderingKeySelector<T>? orderingKey, bool isAlone)
    where T : IEvent<T>
{
    /// <summary>How the handler is called.</summary>
    public HandlerForm<T> Handler => handler;

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
            handler.Direct!(@event, context);
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
        long now = queue.Bus.TimeProvider.GetTimestamp();
        bool mayWait = queue.MayWaitForRoom(context);
        if (mayWait && context.Waits is { } waits)
        {
            if (!partition.Ring.TryClaim(out EnvelopeClaim<QueuedEvent> free))
            {
                QueuedEvent<T> queued = Fill(pool.Rent(), @event, context, now, firstFailure);
                waits.Add(queue.Bus, new QueueRoomWait(queue, partition, queued));
            }
            else
                Publish(partition, free, @event, context, now, firstFailure);
            return;
        }

        ClaimOutcome outcome = partition.Ring.Claim(mayWait, out EnvelopeClaim<QueuedEvent> claim);
        if (outcome == ClaimOutcome.Claimed)
        {
            Publish(partition, claim, @event, context, now, firstFailure);
            return;
        }

        context.Record(queue.OutcomeOf(partition, outcome, context));
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
        if (slot is null || (!isAlone && slot is not QueuedEvent<T>))
            Replace(ref slot);
        Fill(Unsafe.As<QueuedEvent<T>>(slot)!, @event, context, now, firstFailure);
        claim.Publish();
        partition.Signal();
    }

    private QueuedEvent<T> Fill(QueuedEvent<T> queued, in T @event, EventContext context, long now, Exception? firstFailure)
    {
        queued.Fill(@event, context, handler, now, firstFailure);
        return queued;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Replace(ref QueuedEvent? slot)
    {
        slot?.Retire();
        slot = pool.Rent();
    }
}
