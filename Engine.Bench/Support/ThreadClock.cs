using System.Runtime.InteropServices;

namespace Engine.Bench.Support;

/// <summary>The clock that runs only while the calling thread does.</summary>
internal static unsafe partial class ThreadClock
{
    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Whether the system has it.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Processor time of the calling thread, in nanoseconds: time in which it was not running does not count.</summary>
    /// <exception cref="PlatformNotSupportedException">The system has no such clock.</exception>
    public static long CpuNanoseconds()
    {
        TimeSpec time;
        if (ReadClock(ThreadCpuClock, &time) != 0)
            throw new PlatformNotSupportedException("The clock CLOCK_THREAD_CPUTIME_ID cannot be read.");
        return (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds;
    }

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
