using Engine.Primitives;

namespace Engine.Storage.Journals;

/// <summary>Points of the monotonic clock until which something may take.</summary>
internal static class Deadlines
{
    public static long After(TimeSpan timeout) => MonotonicClock.Now + MonotonicClock.FromTimeSpan(timeout);

    public static bool HasPassed(long deadline) => MonotonicClock.Now >= deadline;

    /// <summary>What is left; zero if it has passed.</summary>
    public static TimeSpan LeftUntil(long deadline)
    {
        TimeSpan left = MonotonicClock.ToTimeSpan(deadline - MonotonicClock.Now);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
