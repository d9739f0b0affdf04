namespace Engine.Primitives;

/// <summary>
/// Marks the threads that run dispatched handlers. Such a thread must not wait for a free slot: the slots are freed
/// by dispatcher threads, at worst by this one.
/// </summary>
internal static class DispatcherThread
{
    [ThreadStatic]
    private static bool t_isCurrent;

    /// <summary>Whether the calling thread is inside a dispatcher's loop.</summary>
    public static bool IsCurrent
    {
        get => t_isCurrent;
        set => t_isCurrent = value;
    }
}
