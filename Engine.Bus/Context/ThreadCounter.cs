using System.Runtime.CompilerServices;

namespace Engine.Bus;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Increment(BusThread thread)
    {
        long[] cells = thread.Cells;
        int index = _index;
        if ((uint)index < (uint)cells.Length)
            Volatile.Write(ref cells[index], cells[index] + 1);
        else
            IncrementNew(thread, index);
        // Until here the index must not become another counter's.
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void IncrementNew(BusThread thread, int index)
    {
        long[] cells = thread.GrowCells(index);
        Volatile.Write(ref cells[index], 1);
    }
}
