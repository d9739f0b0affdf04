namespace Engine.Primitives;

/// <summary>
/// Says of a thread whether it waits for the dispatchers: for a free slot, or for a consumer lease. A dispatcher that
/// waits for such a thread would wait for itself.
/// </summary>
internal sealed class ThreadStall
{
    [ThreadStatic]
    private static ThreadStall? t_current;

    private volatile bool _isStalled;

    /// <summary>The calling thread's mark.</summary>
    public static ThreadStall Current => t_current ??= new ThreadStall();

    /// <summary>Written by the thread itself, read by dispatchers.</summary>
    public bool IsStalled
    {
        get => _isStalled;
        set => _isStalled = value;
    }
}
