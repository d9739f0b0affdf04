using System.Runtime.InteropServices;

namespace Engine.PerfCollect.Collect;

/// <summary>What the base library does not offer: signals other than SIGKILL.</summary>
internal static partial class NativeMethods
{
    public const int SigInt = 2;
    public const int SigTerm = 15;

    /// <summary>Sends a signal; false when the process has ended or is another user's.</summary>
    public static bool Signal(int processId, int signal) => Kill(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
