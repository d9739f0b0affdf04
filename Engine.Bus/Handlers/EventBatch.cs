using System.Collections;
using Engine.Events;

namespace Engine.Bus;

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
/// caused by the batch as a whole. May be enumerated across an <c>await</c>. Valid until the handler's task is complete: it is used
/// again for a later batch, and who keeps it for longer copies the events out (<c>ToArray</c>). An enumeration that goes on for too
/// long throws instead of showing another batch's events. Safe to read from several threads.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[System.Diagnostics.DebuggerDisplay("{Count} events of {typeof(T).Name}, attempt {Attempt}")]
public sealed class EventBatch<T> : IReadOnlyList<T>
    where T : IEvent<T>
{
    private T[] _events = new T[16];
    private EventContext[] _contexts = new EventContext[16];
    private int _version;

    internal EventBatch()
    {
    }

    /// <summary>Number of events.</summary>
    public int Count { get; private set; }

    /// <summary>The events.</summary>
    public ReadOnlyMemory<T> Events => _events.AsMemory(0, Count);

    /// <summary>How often the handler has been called for this batch, this call included: 1 unless it is a retry.</summary>
    public int Attempt => Count == 0 ? 1 : _contexts[0].Attempt;

    /// <summary>One event.</summary>
    /// <param name="index">Its place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none at that place.</exception>
    public T this[int index]
    {
        get
        {
            CheckIndex(index);
            return _events[index];
        }
    }

    /// <summary>What is known of one event beside its payload.</summary>
    /// <param name="index">Its index in <see cref="Events"/>.</param>
    public EventContext ContextOf(int index)
    {
        CheckIndex(index);
        return _contexts[index];
    }

    /// <summary>Enumerates the events, without an allocation.</summary>
    public Enumerator GetEnumerator() => new(this);

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

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
        Volatile.Write(ref _version, _version + 1);
    }

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }

    /// <summary>Goes through a batch's events.</summary>
    public struct Enumerator : IEnumerator<T>
    {
        private readonly EventBatch<T> _batch;
        private readonly int _version;
        private int _next;

        internal Enumerator(EventBatch<T> batch)
        {
            _batch = batch;
            _version = Volatile.Read(ref batch._version);
            Current = default!;
        }

        /// <inheritdoc/>
        public T Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        /// <inheritdoc/>
        /// <exception cref="InvalidOperationException">The handler's task is complete, and the batch no longer valid.</exception>
        public bool MoveNext()
        {
            if (_next >= _batch.Count && _version == Volatile.Read(ref _batch._version))
                return false;
            // Copied first: the batch may be filled anew meanwhile, and then the version has changed.
            T[] events = _batch._events;
            T next = _next < events.Length ? events[_next] : default!;
            Volatile.ReadBarrier();
            if (_version != Volatile.Read(ref _batch._version))
                throw new InvalidOperationException("The batch's handler has ended; copy the events that are needed for longer.");
            _next++;
            Current = next;
            return true;
        }

        /// <inheritdoc/>
        public void Reset() => _next = 0;

        /// <inheritdoc/>
        public readonly void Dispose()
        {
        }
    }
}
