using System.Globalization;
using System.Runtime.InteropServices;

namespace Engine.Storage.Journals;

/// <summary>The files of a journal: segments with ascending numbers, and a lock that says that somebody writes.</summary>
internal static partial class JournalDirectory
{
    private const string Prefix = "journal-";
    private const string Suffix = ".seg";
    private const string LockName = "journal.lock";

    public static string PathOf(string directory, long segment) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{segment:D10}{Suffix}"));

    /// <summary>The numbers of the segments, ascending.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static List<long> Segments(string directory)
    {
        var numbers = new List<long>();
        foreach (string path in Directory.EnumerateFiles(directory, Prefix + "*" + Suffix))
        {
            string name = Path.GetFileName(path);
            if (long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None,
                CultureInfo.InvariantCulture, out long number) && number > 0)
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="IOException">Another writer has it.</exception>
    public static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(
                Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception)
        {
            throw new IOException($"Journal \"{directory}\" is being written by another process, or its lock cannot be taken.", exception);
        }
    }

    /// <summary>Makes a new file's name durable, where the system has a way to say so.</summary>
    public static void Synchronize(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(directory, 0);
        if (descriptor < 0)
            return;
        _ = Fsync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
