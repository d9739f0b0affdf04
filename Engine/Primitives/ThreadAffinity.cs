using System.Runtime.InteropServices;

namespace Engine.Primitives;

/// <summary>Pins the calling thread to one processor, where the operating system can.</summary>
internal static partial class ThreadAffinity
{
    private const int MaskBytes = 128;

    /// <summary>Pins the calling thread. Returns false where the system does not support it or refuses the processor.</summary>
    /// <param name="processor">Processor number from 0 to 1023 (63 on Windows).</param>
    public static bool TryPinCurrentThread(int processor)
    {
        if (OperatingSystem.IsLinux())
        {
            Span<byte> mask = stackalloc byte[MaskBytes];
            mask.Clear();
            mask[processor >> 3] = (byte)(1 << (processor & 7));
            return SchedSetAffinity(0, MaskBytes, ref MemoryMarshal.GetReference(mask)) == 0;
        }

        if (OperatingSystem.IsWindows() && processor < 64)
            return SetThreadAffinityMask(GetCurrentThread(), (nuint)1 << processor) != 0;
        return false;
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SchedSetAffinity(int threadId, nuint maskBytes, ref byte mask);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentThread();

    [LibraryImport("kernel32")]
    private static partial nuint SetThreadAffinityMask(nint thread, nuint mask);
}
