using System.Runtime.InteropServices;

namespace Engine.Tooling;

/// <summary>What the base library does not offer: writing that says why it failed, and looking at a file without opening it.</summary>
internal static unsafe partial class NativeMethods
{
    public const int GetDescriptorFlags = 1;
    public const int GetStatusFlags = 3;
    public const int CloseOnExec = 1;
    public const int AccessMode = 3;
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;

    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NotFolder = 20;
    public const int BrokenPipe = 32;

    public const short PollOut = 4;

    public const int WriteAccess = 2;

    /// <summary>Relative paths are relative to the current folder.</summary>
    public const int CurrentFolder = -100;

    /// <summary>Bytes of a <c>statx</c> structure; the layout is the same on all processors.</summary>
    public const int StatBytes = 256;
    public const int StatModeOffset = 28;
    public const uint StatBasics = 0x7FF;

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollRequest* requests, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int folder, string path, int flags, uint mask, byte* result);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollRequest
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
