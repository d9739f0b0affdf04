using System.Runtime.CompilerServices;

namespace Engine.Primitives;

/// <summary>
/// A counter that threads add to without atomic operations: each has a cell of its own, in the <see cref="CounterSheet"/>
/// of the thread. Reading adds up the cells. Exact; thread-safe.
/// </summary>
internal sealed class ThreadCounter
{
    private readonly int _index;
    private readonly long _start;

    public ThreadCounter()
    {
        _index = CounterSheet.RentIndex();
        // What an earlier counter left in the cells; it can count no more.
        _start = CounterSheet.Sum(_index);
    }

    ~ThreadCounter() => CounterSheet.ReturnIndex(_index);

    /// <summary>The place of its cells, for who keeps it at hand together with the counter.</summary>
    public int Index => _index;

    public long Value => CounterSheet.Sum(_index) - _start;

    /// <param name="thread">The calling thread's cells.</param>
    /// <returns>
    /// A number that rises by one with each call on this thread, for who wants every n-th. It does not start at a certain one.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Increment(ThreadCells thread)
    {
        long[] cells = thread.Values;
        int index = _index;
        long next;
        if ((uint)index < (uint)cells.Length)
        {
            next = cells[index] + 1;
            Volatile.Write(ref cells[index], next);
        }
        else
        {
            next = IncrementNew(thread, index);
        }

        // Until here the index must not become another counter's.
        GC.KeepAlive(this);
        return next;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long IncrementNew(ThreadCells thread, int index)
    {
        long[] cells = thread.Grow(index);
        Volatile.Write(ref cells[index], 1);
        return 1;
    }
}
