using System.Runtime.CompilerServices;

namespace Engine.Publish;

/// <summary>Memory for what is written into a claim too late.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal static class Nowhere<T>
    where T : unmanaged
{
    [ThreadStatic]
    private static T[]? t_memory;

    /// <summary>
    /// Memory of a length. The same each time on a thread, so that a look at the length of a published claim allocates nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Span<T> Of(int length)
    {
        if (t_memory is null || t_memory.Length < length)
            t_memory = new T[length];
        return t_memory.AsSpan(0, length);
    }
}
