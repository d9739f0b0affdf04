using System.Runtime.CompilerServices;

namespace Engine.Primitives;

/// <summary>
/// A small number that a thread has for itself while it lives, so that it can own a cell of each counter. Threads that
/// come when all numbers are taken share <see cref="Shared"/>.
/// </summary>
internal sealed class ThreadSlot
{
    /// <summary>How many numbers there are, the shared one included.</summary>
    public const int Count = 64;

    /// <summary>The number of the threads that have none of their own.</summary>
    public const int Shared = Count - 1;

    [ThreadStatic]
    private static ThreadSlot? t_current;

    private static readonly Lock SlotLock = new();
    private static readonly Stack<int> FreeSlots = new(Enumerable.Range(0, Shared).Reverse());

    private readonly int _number;

    private ThreadSlot(int number) => _number = number;

    // The thread is gone. The lock makes what it wrote visible to the next owner.
    ~ThreadSlot()
    {
        if (_number == Shared)
            return;
        lock (SlotLock)
            FreeSlots.Push(_number);
    }

    /// <summary>The calling thread's number.</summary>
    public static int Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (t_current ?? Register())._number;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ThreadSlot Register()
    {
        lock (SlotLock)
            return t_current = new ThreadSlot(FreeSlots.TryPop(out int number) ? number : Shared);
    }
}
