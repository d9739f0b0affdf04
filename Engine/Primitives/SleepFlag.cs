using System.Runtime.InteropServices;

namespace Engine.Primitives;

/// <summary>
/// A flag that a thread sleeps on until another sets it; taking it clears it. Setting it before the sleep makes the sleep end at once.
/// Setting it twice is setting it once. If several threads sleep, setting it wakes one. Blocks where it says so; allocates nothing
/// after it was made.
/// </summary>
/// <remarks>
/// On Linux it is a futex, without the lock and the condition variable of a monitor: a sleep and its end cost half the processor
/// time, see <c>docs/decisions/0037-sparse-events.md</c>.
/// </remarks>
internal sealed unsafe partial class SleepFlag
{
    private const int WaitPrivate = 128; // FUTEX_WAIT | FUTEX_PRIVATE_FLAG
    private const int WakePrivate = 129; // FUTEX_WAKE | FUTEX_PRIVATE_FLAG
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The number of the system call; 0 where there is none or its arguments would be laid out otherwise.</summary>
    private static readonly nint FutexCall = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 98,
        _ => 0,
    };

    // Written by those who set the flag, and by the sleeper that takes it. Pinned, since the kernel is given its address, and long enough
    // to share no cache line with what is allocated next.
    private readonly int[] _line = GC.AllocateArray<int>(CacheLine.Size / sizeof(int), pinned: true);
    private readonly int* _isSet;

    // Where there is no futex.
    private readonly object _lock = new();

    public SleepFlag() => _isSet = (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_line, 0);

    /// <summary>Sets the flag, and wakes a thread that sleeps on it. Safe from any thread; does not block.</summary>
    public void Set()
    {
        if (FutexCall != 0)
        {
            Interlocked.Exchange(ref *_isSet, 1);
            _ = SystemCall(FutexCall, _isSet, WakePrivate, 1, null, null, 0);
            GC.KeepAlive(_line);
            return;
        }

        lock (_lock)
        {
            *_isSet = 1;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Blocks until the flag is set or the time is over, and clears it. May return early without cause.</summary>
    /// <param name="timeout">The longest sleep, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public void Wait(TimeSpan timeout)
    {
        if (FutexCall != 0)
        {
            // The kernel compares the flag with 0 and falls asleep in one step, so one that is set meanwhile is not missed.
            if (Interlocked.Exchange(ref *_isSet, 0) == 0)
            {
                SleepWhileClear(timeout);
                Interlocked.Exchange(ref *_isSet, 0);
            }

            GC.KeepAlive(_line);
            return;
        }

        lock (_lock)
        {
            if (*_isSet == 0)
                Monitor.Wait(_lock, timeout);
            *_isSet = 0;
        }
    }

    private void SleepWhileClear(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            _ = SystemCall(FutexCall, _isSet, WaitPrivate, 0, null, null, 0);
            return;
        }

        long nanoseconds = timeout.Ticks < long.MaxValue / TimeSpan.NanosecondsPerTick
            ? Math.Max(0, timeout.Ticks) * TimeSpan.NanosecondsPerTick : long.MaxValue;
        long* time = stackalloc long[2] { nanoseconds / NanosecondsPerSecond, nanoseconds % NanosecondsPerSecond };
        _ = SystemCall(FutexCall, _isSet, WaitPrivate, 0, time, null, 0);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, int* word, int operation, int value, long* timeout, int* second, int third);
}
