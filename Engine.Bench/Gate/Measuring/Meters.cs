using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Engine.Bench.Gate.Measuring;

/// <summary>What the work of a segment is measured with.</summary>
internal static unsafe partial class Meters
{
    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Processor time of the calling thread, in nanoseconds: time in which it was not running does not count.</summary>
    /// <exception cref="PlatformNotSupportedException">The system has no such clock.</exception>
    public static long ThreadCpuNanoseconds()
    {
        TimeSpec time;
        if (ReadClock(ThreadCpuClock, &time) != 0)
            throw new PlatformNotSupportedException("The clock CLOCK_THREAD_CPUTIME_ID cannot be read.");
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

    /// <summary>Time of day, in nanoseconds from an arbitrary moment.</summary>
    public static long WallNanoseconds() =>
        (long)(Stopwatch.GetTimestamp() * ((double)NanosecondsPerSecond / Stopwatch.Frequency));

    /// <summary>Bytes the calling thread has allocated, exactly.</summary>
    public static long AllocatedBytes() => GC.GetAllocatedBytesForCurrentThread();

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int ReadClock(int clock, TimeSpec* time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
