using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Engine.Primitives;

/// <summary>The engine's clock for intervals: monotonic, in ticks of <see cref="Stopwatch"/>. A read costs about 20 ns.</summary>
internal static class MonotonicClock
{
    /// <summary>Ticks in one second.</summary>
    public static readonly long TicksPerSecond = Stopwatch.Frequency;

    private static readonly double TicksPerMicrosecond = Stopwatch.Frequency / 1e6;
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    /// <summary>The current time in ticks.</summary>
    public static long Now
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Stopwatch.GetTimestamp();
    }

    /// <summary>Converts microseconds to ticks.</summary>
    /// <param name="microseconds">Microseconds.</param>
    public static long FromMicroseconds(double microseconds) => (long)(microseconds * TicksPerMicrosecond);

    /// <summary>Converts a time span to ticks.</summary>
    /// <param name="duration">The time span.</param>
    public static long FromTimeSpan(TimeSpan duration) => FromMicroseconds(duration.TotalMicroseconds);

    /// <summary>Converts ticks to microseconds.</summary>
    /// <param name="ticks">Ticks of this clock.</param>
    public static double ToMicroseconds(long ticks) => ticks / TicksPerMicrosecond;

    /// <summary>Converts ticks to whole nanoseconds.</summary>
    /// <param name="ticks">Ticks of this clock.</param>
    public static long ToNanoseconds(long ticks) => (long)(ticks * NanosecondsPerTick);

    /// <summary>Converts ticks to a time span.</summary>
    /// <param name="ticks">Ticks of this clock.</param>
    public static TimeSpan ToTimeSpan(long ticks) => TimeSpan.FromMicroseconds(ToMicroseconds(ticks));
}
