using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>Points of the monotonic clock until which something may take.</summary>
internal static class Deadlines
{
    public static long After(TimeSpan timeout) => MonotonicClock.Now + MonotonicClock.FromTimeSpan(TimeEnds.Waitable(timeout));

    public static bool HasPassed(long deadline) => MonotonicClock.Now >= deadline;

    /// <summary>
    /// What is left, in whole milliseconds, rounded up; zero if it has passed. The system's waits cut off fractions: who waited for less
    /// than one would not wait at all, and ask again and again until it is over.
    /// </summary>
    public static TimeSpan LeftUntil(long deadline)
    {
        TimeSpan left = MonotonicClock.ToTimeSpan(deadline - MonotonicClock.Now);
        return left > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : TimeSpan.Zero;
    }
}
