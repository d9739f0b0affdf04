using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Delivery;

/// <summary>One handler of one event type, and the queue in front of it. It takes events from publishers and gives them to the handler.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class HandlerBinding<T> : IBatchInvoker
    where T : IEvent<T>
{
    private readonly BusCore _bus;
    private readonly SubscriptionCore _subscription;
    private readonly QueuedEventPool<T> _pool;
    private readonly BusAction<T>? _sync;
    private readonly AsyncBusAction<T>? _async;
    private readonly BatchBusAction<T>? _batch;
    private readonly OrderingKeySelector<T>? _orderingKey;

    public HandlerBinding(SubscriptionCore subscription, QueuedEventPool<T> pool, Delegate handler, OrderingKeySelector<T>? orderingKey)
    {
        _bus = subscription.Bus;
        _subscription = subscription;
        _pool = pool;
        _sync = handler as BusAction<T>;
        _async = handler as AsyncBusAction<T>;
        _batch = handler as BatchBusAction<T>;
        _orderingKey = orderingKey;
    }

    /// <summary>The handler, if it can be called on the publisher's thread.</summary>
    public BusAction<T>? Direct => _sync;

    /// <summary>What a publisher does for this subscription, unless it may call the handler directly.</summary>
    public void Deliver(in T @event, EventContext context)
    {
        SubscriptionQueue queue = _subscription.Queue!;
        if (!queue.MayRunOnPublisher)
        {
            Enqueue(@event, context, firstFailure: null);
            return;
        }

        long started = queue.BeginOnPublisher(BusThread.Current);
        try
        {
            _sync!(@event, context);
        }
        catch (Exception exception) when (queue.Settings.Retry is not null)
        {
            Enqueue(@event, context, exception);
        }

        queue.EndOnPublisher(started);
    }

    /// <summary>Calls the handler of single events.</summary>
    public ValueTask HandleAsync(in T @event, EventContext context, CancellationToken cancellationToken)
    {
        if (_async is not null)
            return _async(@event, context, cancellationToken);
        _sync!(@event, context);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask HandleBatchAsync(ArraySegment<QueuedEvent> queued, CancellationToken cancellationToken)
    {
        EventBatch<T> batch = _pool.RentBatch(BusThread.Current);
        try
        {
            batch.Fill(queued);
            await _batch!(batch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            batch.Clear();
            _pool.Return(batch, BusThread.Current);
        }
    }

    private void Enqueue(in T @event, EventContext context, Exception? firstFailure)
    {
        SubscriptionQueue queue = _subscription.Queue!;
        QueueLane lane = queue.LaneOf(_orderingKey is null ? 0 : _orderingKey(@event));
        PublishAdmission admission = queue.Admit(lane, context);
        if (admission == PublishAdmission.Refused)
        {
            if (firstFailure is not null)
                throw new InvalidOperationException($"The handler of {_subscription} failed, and its queue has no room for a retry.", firstFailure);
            return;
        }

        BusThread thread = BusThread.Current;
        QueuedEvent<T> queued = _pool.RentEvent(thread);
        queued.Fill(@event, context, this, _bus.TimeProvider.GetTimestamp());
        queued.FirstFailure = firstFailure;
        if (admission == PublishAdmission.Waits)
            ((RoomWaits)context.Waits!).Add(queue, lane, queued);
        else
            queue.Add(lane, queued, thread);
    }
}

/// <summary>Calls a handler of batches.</summary>
internal interface IBatchInvoker
{
    /// <summary>Calls the handler with all these events at once.</summary>
    ValueTask HandleBatchAsync(ArraySegment<QueuedEvent> queued, CancellationToken cancellationToken);
}
