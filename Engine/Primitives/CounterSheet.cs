using System.Numerics;

namespace Engine.Primitives;

/// <summary>
/// One thread's cells of all counters: a cell is written by its thread only, and read by anyone. When the thread has ended,
/// the next new thread goes on with its sheet, so that nothing counted is lost and there are no more sheets than threads at
/// a time.
/// </summary>
internal sealed class CounterSheet
{
    // Cells of two threads are never on one cache line.
    private const int Margin = CacheLine.Size / sizeof(long);
    private const int MinLength = 64;

    private static readonly Lock StaticLock = new();
    private static readonly Stack<CounterSheet> Unused = new();
    private static readonly Stack<int> UnusedIndexes = new();
    private static CounterSheet[] s_sheets = [];
    private static int s_lastIndex = Margin;

    private long[] _cells = new long[MinLength];

    private CounterSheet(int number) => Number = number;

    /// <summary>Number of the sheet, from 0. No two threads that live at the same time have the same.</summary>
    public int Number { get; }

    /// <summary>The cells by counter. For the owning thread.</summary>
    public long[] Cells => _cells;

    /// <summary>A sheet for a new thread.</summary>
    public static CounterSheet Rent()
    {
        lock (StaticLock)
        {
            if (Unused.TryPop(out CounterSheet? left))
                return left;
            var sheet = new CounterSheet(s_sheets.Length);
            Volatile.Write(ref s_sheets, [.. s_sheets, sheet]);
            return sheet;
        }
    }

    /// <summary>Gives the sheet of a thread back that has ended.</summary>
    public static void Return(CounterSheet sheet)
    {
        lock (StaticLock)
            Unused.Push(sheet);
    }

    /// <summary>A place for a counter. Its cells hold what an earlier counter left there.</summary>
    public static int RentIndex()
    {
        lock (StaticLock)
            return UnusedIndexes.TryPop(out int index) ? index : ++s_lastIndex;
    }

    /// <summary>Gives the place of a counter back that nobody can reach any more.</summary>
    public static void ReturnIndex(int index)
    {
        lock (StaticLock)
            UnusedIndexes.Push(index);
    }

    /// <summary>What all threads have counted at a place.</summary>
    public static long Sum(int index)
    {
        long sum = 0;
        foreach (CounterSheet sheet in Volatile.Read(ref s_sheets))
        {
            long[] cells = Volatile.Read(ref sheet._cells);
            if (index < cells.Length)
                sum += Volatile.Read(ref cells[index]);
        }

        return sum;
    }

    /// <summary>Makes room for a counter. For the owning thread.</summary>
    public long[] Grow(int index)
    {
        long[] cells = new long[(int)BitOperations.RoundUpToPowerOf2((uint)(index + Margin + 1))];
        _cells.CopyTo(cells, 0);
        Volatile.Write(ref _cells, cells);
        return cells;
    }
}
