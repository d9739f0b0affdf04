using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Handlers;

/// <summary>
/// The keys with the largest sums, in bounded memory: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi,
/// "Efficient computation of frequent and top-k elements in data streams", ICDT 2005). Each key whose true sum exceeds
/// total / capacity is in it; a sum is never below the true one, and above it by at most the key's error.
/// Not thread-safe. After the first <c>capacity</c> keys nothing is allocated.
/// </summary>
/// <typeparam name="TKey">What is counted.</typeparam>
internal sealed class HeavyHitters<TKey>
    where TKey : notnull
{
    private readonly Entry[] _heap;
    private readonly Dictionary<TKey, int> _positions;
    private int _count;

    public HeavyHitters(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _heap = new Entry[capacity];
        _positions = new Dictionary<TKey, int>(capacity);
    }

    /// <summary>Sum of all that was added.</summary>
    public long Total { get; private set; }

    /// <summary>What is known of a key's sum; 0 for a key that is not kept.</summary>
    public long SumOf(TKey key) => _positions.TryGetValue(key, out int position) ? _heap[position].Sum : 0;

    /// <summary>Adds to a key's sum.</summary>
    public void Add(TKey key, long amount)
    {
        Total += amount;
        ref int position = ref CollectionsMarshal.GetValueRefOrNullRef(_positions, key);
        int index;
        if (!Unsafe.IsNullRef(ref position))
        {
            index = position;
            _heap[index].Sum += amount;
        }
        else if (_count < _heap.Length)
        {
            index = _count++;
            _heap[index] = new Entry(key, amount, 0);
            SiftUp(index);
            return;
        }
        else
        {
            // The smallest gives way; the newcomer may have been it before, so it inherits its sum as possible error.
            index = 0;
            Entry smallest = _heap[0];
            _positions.Remove(smallest.Key);
            _heap[0] = new Entry(key, smallest.Sum + amount, smallest.Sum);
        }

        SiftDown(index);
    }

    /// <summary>The keys with the largest sums, largest first. Allocates.</summary>
    public IReadOnlyList<(TKey Key, long Sum, long Error)> Top(int count) =>
        [.. _heap.Take(_count).OrderByDescending(static entry => entry.Sum).Take(count)
            .Select(static entry => (entry.Key, entry.Sum, entry.Error))];

    private void SiftUp(int index)
    {
        Entry entry = _heap[index];
        while (index > 0 && _heap[(index - 1) / 2].Sum > entry.Sum)
        {
            Place(_heap[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(entry, index);
    }

    private void SiftDown(int index)
    {
        Entry entry = _heap[index];
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && _heap[child + 1].Sum < _heap[child].Sum)
                child++;
            if (_heap[child].Sum >= entry.Sum)
                break;
            Place(_heap[child], index);
            index = child;
        }

        Place(entry, index);
    }

    private void Place(in Entry entry, int index)
    {
        _heap[index] = entry;
        _positions[entry.Key] = index;
    }

    private record struct Entry(TKey Key, long Sum, long Error);
}
