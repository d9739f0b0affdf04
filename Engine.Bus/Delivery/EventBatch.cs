using Engine.Bus.Delivery;
using Engine.Events;

namespace Engine.Bus;

/// <summary>Handles a batch of events of one type from a bus.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="batch">The events, at least one; valid until the returned task is complete.</param>
/// <param name="cancellationToken">Cancelled when the subscription ends or the bus stops without waiting any longer.</param>
public delegate ValueTask BatchBusAction<T>(EventBatch<T> batch, CancellationToken cancellationToken)
    where T : IEvent<T>;

/// <summary>Handles batches of events of one type from a bus. Called from threads of the pool.</summary>
/// <typeparam name="T">The event type.</typeparam>
public interface IBatchBusHandler<T>
    where T : IEvent<T>
{
    /// <summary>Handles a batch. An exception counts as a failure of each of its events.</summary>
    /// <param name="batch">The events, at least one; valid until the returned task is complete.</param>
    /// <param name="cancellationToken">Cancelled when the subscription ends or the bus stops without waiting any longer.</param>
    ValueTask HandleAsync(EventBatch<T> batch, CancellationToken cancellationToken);
}

/// <summary>
/// Events of one type, in the order in which they were queued. What a handler publishes while it works on a batch is
/// caused by the batch as a whole. Valid until the handler's task is complete: it is used again for a later batch. Safe to
/// read from several threads.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class EventBatch<T>
    where T : IEvent<T>
{
    private T[] _events = new T[16];
    private QueuedEvent[] _queued = new QueuedEvent[16];

    internal EventBatch()
    {
    }

    /// <summary>Number of events.</summary>
    public int Count { get; private set; }

    /// <summary>The events.</summary>
    public ReadOnlyMemory<T> Events => _events.AsMemory(0, Count);

    /// <summary>How often the handler has been called for this batch, this call included: 1 unless it is a retry.</summary>
    public int Attempt => Count == 0 ? 1 : _queued[0].Context.Attempt;

    /// <summary>What is known of one event beside its payload.</summary>
    /// <param name="index">Its index in <see cref="Events"/>.</param>
    public EventContext ContextOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _queued[index].Context;
    }

    internal void Fill(ReadOnlySpan<QueuedEvent> queued)
    {
        if (queued.Length > _events.Length)
        {
            _events = new T[queued.Length];
            _queued = new QueuedEvent[queued.Length];
        }

        for (int i = 0; i < queued.Length; i++)
        {
            _events[i] = ((QueuedEvent<T>)queued[i]).Event;
            _queued[i] = queued[i];
        }

        Count = queued.Length;
    }

    internal void Clear()
    {
        Array.Clear(_events, 0, Count);
        Array.Clear(_queued, 0, Count);
        Count = 0;
    }
}
