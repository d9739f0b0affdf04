using System.Runtime.CompilerServices;

namespace Engine.Primitives;

/// <summary>
/// What a thread has to count with: its cells of all counters, and a number for what it alone writes elsewhere. Only its
/// own thread touches it; who needs it often keeps the reference beside what else the thread has.
/// </summary>
internal class ThreadCells
{
    /// <summary>Slots that <see cref="Slot"/> tells apart.</summary>
    public const int SlotCount = 64;

    /// <summary>The slot of all threads that came when the others were taken.</summary>
    public const int SharedSlot = SlotCount - 1;

    [ThreadStatic]
    private static ThreadCells? t_current;

    private readonly CounterSheet _sheet = CounterSheet.Rent();

    /// <summary>
    /// For the calling thread. A type of its own may keep more for a thread, and then its cells are at hand with the rest; a thread
    /// that has cells already has a second sheet then, which counts as well.
    /// </summary>
    protected ThreadCells()
    {
        Values = _sheet.Cells;
        t_current ??= this;
    }

    // The thread is gone. The lock of the sheets makes what it wrote visible to the next owner.
    ~ThreadCells() => CounterSheet.Return(_sheet);

    /// <summary>The calling thread's.</summary>
    public static ThreadCells Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => t_current ?? Register();
    }

    /// <summary>What is in the cells, by counter; none for counters this thread has not met yet.</summary>
    public long[] Values { get; private set; }

    /// <summary>The place of what this thread alone writes, in arrays with a place for each slot.</summary>
    public int Slot => Math.Min(_sheet.Number, SharedSlot);

    /// <summary>Makes room for a counter's cell.</summary>
    public long[] Grow(int index) => Values = _sheet.Grow(index);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ThreadCells Register() => new();
}
