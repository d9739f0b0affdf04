using System.Collections.Concurrent;
using Engine.Primitives;

namespace Engine.Bus.Delivery;

/// <summary>
/// A queue with a bound that can change while it is in use. Any thread may add and take; first in, first out.
/// <code>
/// Adder     1. reserve a place: compare-and-swap the count from n to n + 1, if n is below the bound
///           2. no place: count itself as waiting (interlocked), try 1 again, then wait for a permit
///           3. enqueue
///
/// Taker     1. dequeue
///           2. give the place back: decrement the count (interlocked)
///           3. if somebody waits: release a permit
///
/// Fences    Adder 2 and taker 2 are full fences. Each side writes its word (waiting; count) before it reads the other's.
///           Without one of them the taker could see nobody waiting and the adder a full queue, and the adder would wait
///           for a permit that nobody gives. A permit too many only makes an adder look again.
/// </code>
/// A closed queue is a queue with a bound below zero, so that closing and looking for a place cannot miss each other.
/// </summary>
/// <typeparam name="TItem">What is queued.</typeparam>
internal sealed class BoundedQueue<TItem>(int capacity) : IDisposable
{
    private const int ClosedCapacity = -1;

    private readonly ConcurrentQueue<TItem> _items = new();
    private readonly SemaphoreSlim _permits = new(0);

    // Written by adders and takers.
    private PaddedInt64 _count;

    // Written by adders that found no room.
    private int _waiting;
    private int _capacity = capacity;

    /// <summary>Items in the queue, those that are being added included.</summary>
    public int Count => (int)Volatile.Read(ref _count.Value);

    /// <summary>Items there may be. A smaller value lets no new items in until enough are taken. 0 once it is closed, and stays that.</summary>
    public int Capacity
    {
        get => Math.Max(0, Volatile.Read(ref _capacity));
        set
        {
            int current = Volatile.Read(ref _capacity);
            while (current != ClosedCapacity)
            {
                int seen = Interlocked.CompareExchange(ref _capacity, value, current);
                if (seen == current)
                    break;
                current = seen;
            }

            ReleaseWaiting();
        }
    }

    /// <summary>Adders that wait for a place.</summary>
    public int WaitingCount => Volatile.Read(ref _waiting);

    /// <summary>Whether no place is given any more.</summary>
    public bool IsClosed => Volatile.Read(ref _capacity) == ClosedCapacity;

    /// <summary>Reserves a place for <see cref="Add"/>.</summary>
    public bool TryReserve()
    {
        long count = Volatile.Read(ref _count.Value);
        while (count < Volatile.Read(ref _capacity))
        {
            long seen = Interlocked.CompareExchange(ref _count.Value, count + 1, count);
            if (seen == count)
                return true;
            count = seen;
        }

        return false;
    }

    /// <summary>Gives no place any more, and sends those away that wait for one. What is queued stays, and places reserved before are still filled.</summary>
    public void Close()
    {
        Interlocked.Exchange(ref _capacity, ClosedCapacity);
        ReleaseWaiting();
    }

    /// <summary>Adds an item in a place that was reserved.</summary>
    public void Add(TItem item) => _items.Enqueue(item);

    public bool TryTake(out TItem item)
    {
        if (!_items.TryDequeue(out item!))
            return false;
        Interlocked.Decrement(ref _count.Value);
        if (Volatile.Read(ref _waiting) > 0)
            _permits.Release();
        return true;
    }

    /// <summary>Whether there is nothing to take. Items that are being added do not count yet.</summary>
    public bool IsEmpty => _items.IsEmpty;

    /// <summary>Reserves a place as soon as there is one; holds the thread until then.</summary>
    /// <returns>Whether it did; false if the queue is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public bool Reserve(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            while (!TryReserve())
            {
                if (IsClosed)
                    return false;
                _permits.Wait(cancellationToken);
            }

            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Reserves a place as soon as there is one; holds no thread.</summary>
    /// <returns>Whether it did; false if the queue is closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task<bool> ReserveAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            while (!TryReserve())
            {
                if (IsClosed)
                    return false;
                await _permits.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _permits.Dispose();

    private void ReleaseWaiting()
    {
        int waiting = Volatile.Read(ref _waiting);
        if (waiting > 0)
            _permits.Release(waiting);
    }
}
