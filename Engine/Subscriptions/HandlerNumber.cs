namespace Engine.Subscriptions;

/// <summary>
/// Numbers by which threads say which handler they are inside of: unique in the process. The upper bits tell the owner, if
/// there is one. Thread-safe.
/// </summary>
internal static class HandlerNumber
{
    /// <summary>The number of no handler.</summary>
    public const long None = 0;

    // 2^27 owners with 2^36 handlers each. Past that numbers repeat, and an unsubscribe waits for more than it has to.
    private const int OwnerShift = 36;

    private static long s_last;
    private static long s_lastOwner;

    /// <summary>A number for a handler without an owner.</summary>
    public static long Next() => Interlocked.Increment(ref s_last);

    /// <summary>A number for an owner.</summary>
    public static long NextOwner() => Interlocked.Increment(ref s_lastOwner);

    /// <summary>The number of an owner's handler.</summary>
    /// <param name="owner">What <see cref="NextOwner"/> gave.</param>
    /// <param name="index">Which of the owner's handlers: from 0.</param>
    public static long Of(long owner, long index) => (owner << OwnerShift) | index;

    /// <summary>The owner of a handler; 0 if it has none.</summary>
    public static long OwnerOf(long number) => number >> OwnerShift;
}
