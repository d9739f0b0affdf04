namespace Engine.Bus;

/// <summary>Numbers event types within the process, so that a bus finds a type's topic by an array access.</summary>
internal static class EventTypeIndex
{
    private static int s_last = -1;

    private static int Next() => Interlocked.Increment(ref s_last);

    /// <summary>The number of one type.</summary>
    public static class Of<T>
    {
        public static readonly int Value = Next();
    }
}
