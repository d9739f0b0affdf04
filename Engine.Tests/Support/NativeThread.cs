using System.Globalization;
using System.Runtime.InteropServices;

namespace Engine.Tests.Support;

/// <summary>A thread as the system knows it: the runtime does not know of those that sleep on a futex of ours.</summary>
internal sealed partial class NativeThread
{
    private readonly Thread _thread = Thread.CurrentThread;
    private readonly string? _statusFile = OperatingSystem.IsLinux()
        ? string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{GetId()}/stat") : null;

    private NativeThread()
    {
    }

    /// <summary>The calling thread.</summary>
    public static NativeThread Current => new();

    /// <summary>Whether it sleeps, in whatever way.</summary>
    public bool IsAsleep
    {
        get
        {
            if (_statusFile is null)
                return (_thread.ThreadState & ThreadState.WaitSleepJoin) != 0;
            string status = File.ReadAllText(_statusFile);
            // The name, in parentheses, may have any characters.
            return status[status.LastIndexOf(')') + 2] == 'S';
        }
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetId();
}
