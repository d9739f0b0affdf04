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
[System.Diagnostics.DebuggerDisplay("{Count} events of {typeof(T).Name}, attempt {Attempt}")]
public sealed class EventBatch<T>
    where T : IEvent<T>
{
    private T[] _events = new T[16];
    private EventContext[] _contexts = new EventContext[16];

    internal EventBatch()
    {
    }

    /// <summary>Number of events.</summary>
    public int Count { get; private set; }

    /// <summary>The events.</summary>
    public ReadOnlyMemory<T> Events => _events.AsMemory(0, Count);

    /// <summary>How often the handler has been called for this batch, this call included: 1 unless it is a retry.</summary>
    public int Attempt => Count == 0 ? 1 : _contexts[0].Attempt;

    /// <summary>What is known of one event beside its payload.</summary>
    /// <param name="index">Its index in <see cref="Events"/>.</param>
    public EventContext ContextOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _contexts[index];
    }

    internal void Add(in T @event, EventContext context)
    {
        if (Count == _events.Length)
        {
            Array.Resize(ref _events, 2 * Count);
            Array.Resize(ref _contexts, 2 * Count);
        }

        _events[Count] = @event;
        // A queue's envelopes come round again and again, and a store of a reference costs more than a look.
        if (_contexts[Count] != context)
            _contexts[Count] = context;
        Count++;
    }

    internal void Clear()
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            Array.Clear(_events, 0, Count);
        Count = 0;
    }
}
