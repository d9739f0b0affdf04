using Engine.Events;

namespace Engine.Bus.Delivery;

/// <summary>The queued events and batches of one event type on one bus, kept for use again. Thread-safe.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class QueuedEventPool<T>
    where T : IEvent<T>
{
    private const int MaxRetainedEvents = 8192;
    private const int MaxRetainedBatches = 64;

    private readonly CountedPool<QueuedEvent<T>> _events;
    private readonly CountedPool<EventBatch<T>> _batches;

    public QueuedEventPool()
    {
        _events = new CountedPool<QueuedEvent<T>>(() => new QueuedEvent<T>(this), MaxRetainedEvents);
        _batches = new CountedPool<EventBatch<T>>(static () => new EventBatch<T>(), MaxRetainedBatches);
    }

    public PoolStatistics EventStatistics => _events.Statistics;

    public PoolStatistics BatchStatistics => _batches.Statistics;

    public QueuedEvent<T> RentEvent(BusThread thread) => _events.Rent(thread);

    public void Return(QueuedEvent<T> queued, BusThread thread) => _events.Return(queued, thread);

    public EventBatch<T> RentBatch(BusThread thread) => _batches.Rent(thread);

    public void Return(EventBatch<T> batch, BusThread thread) => _batches.Return(batch, thread);
}
