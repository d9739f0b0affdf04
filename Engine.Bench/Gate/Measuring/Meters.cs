using System.Diagnostics;
using Engine.Bench.Support;

namespace Engine.Bench.Gate.Measuring;

/// <summary>What the work of a segment is measured with.</summary>
internal static class Meters
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <inheritdoc cref="ThreadClock.CpuNanoseconds"/>
    public static long ThreadCpuNanoseconds() => ThreadClock.CpuNanoseconds();

    /// <summary>Time of day, in nanoseconds from an arbitrary moment.</summary>
    public static long WallNanoseconds() =>
        (long)(Stopwatch.GetTimestamp() * ((double)NanosecondsPerSecond / Stopwatch.Frequency));

    /// <summary>Bytes the calling thread has allocated, exactly.</summary>
    public static long AllocatedBytes() => GC.GetAllocatedBytesForCurrentThread();
}
