using Engine.Events;
using Engine.Primitives;
using Microsoft.Extensions.ObjectPool;

namespace Engine.Bus.Queues;

/// <summary>
/// The queued events of one event type on one bus. A queue keeps its own and uses them again; the pool has those that are in no
/// queue: it gives to queues that grow, and where events of several types share one. Thread-safe.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class QueuedEventPool<T> : PooledObjectPolicy<QueuedEvent<T>>
    where T : IEvent<T>
{
    private readonly DefaultObjectPool<QueuedEvent<T>> _unused;
    private readonly ThreadCounter _filled = new();
    private readonly ThreadCounter _cleared = new();
    private long _created;

    /// <param name="size">Unused ones that are kept at most.</param>
    public QueuedEventPool(int size) => _unused = new DefaultObjectPool<QueuedEvent<T>>(this, size);

    public PoolStatistics Statistics
    {
        get
        {
            // Cleared first: an envelope is filled before it is cleared, so the difference is never negative.
            long cleared = _cleared.Value;
            long filled = _filled.Value;
            return new PoolStatistics(Volatile.Read(ref _created), filled, filled - cleared);
        }
    }

    public QueuedEvent<T> Rent() => _unused.Get();

    public override QueuedEvent<T> Create()
    {
        Interlocked.Increment(ref _created);
        return new QueuedEvent<T>(this);
    }

    public override bool Return(QueuedEvent<T> obj) => true;

    /// <summary>Takes one back that is in no queue any more.</summary>
    public void TakeBack(QueuedEvent<T> queued) => _unused.Return(queued);

    public void CountFilled(BusThread thread) => _filled.Increment(thread.Cells);

    public void CountCleared(BusThread thread) => _cleared.Increment(thread.Cells);
}
