using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Bus;

/// <summary>
/// A counter that threads add to without atomic operations: each thread with a slot of its own has a cell of its own,
/// on its own cache line; the rest share the last cell. Reading adds up the cells.
/// </summary>
internal sealed class ThreadCounter
{
    private readonly Cell?[] _cells = new Cell?[BusThread.SlotCount];

    public long Value
    {
        get
        {
            long sum = 0;
            foreach (ref Cell? cell in _cells.AsSpan())
                sum += Volatile.Read(ref cell) is { } c ? Volatile.Read(ref c.Count.Value) : 0;
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Increment(BusThread thread)
    {
        Cell? cell = _cells[thread.Slot];
        if (cell is null || thread.Slot == BusThread.SharedSlot)
            IncrementSlow(thread.Slot);
        else
            Volatile.Write(ref cell.Count.Value, cell.Count.Value + 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void IncrementSlow(int slot)
    {
        Cell cell = _cells[slot] ?? Interlocked.CompareExchange(ref _cells[slot], new Cell(), null) ?? _cells[slot]!;
        Interlocked.Increment(ref cell.Count.Value);
    }

    private sealed class Cell
    {
        public PaddedInt64 Count;
    }
}
