using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Engine.Storage.Journals;

/// <summary>A directory of the file system.</summary>
/// <param name="directory">Its path.</param>
/// <param name="freeBytes">How much room there is; null to ask the file system.</param>
internal sealed partial class DiskFiles(string directory, Func<long>? freeBytes = null) : IJournalFiles
{
    private const string LockName = "journal.lock";

    // A file system that has no way to synchronize a directory says so by this; then there is nothing to be done.
    private const int InvalidArgument = 22;

    public string Directory => directory;

    public void MakeDirectory()
    {
        string path = Path.GetFullPath(directory);
        var made = new Stack<string>();
        for (string? at = path; at is not null && !System.IO.Directory.Exists(at); at = Path.GetDirectoryName(at))
            made.Push(at);
        System.IO.Directory.CreateDirectory(path);
        // A directory whose name is not durable takes everything in it along.
        foreach (string one in made)
            SynchronizeNames(Path.GetDirectoryName(one)!);
    }

    public IDisposable Lock()
    {
        try
        {
            return new FileStream(PathOf(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception)
        {
            throw new IOException($"Journal \"{directory}\" is being written by another process, or its lock cannot be taken.", exception);
        }
    }

    public IReadOnlyList<string> Names() =>
        [.. System.IO.Directory.EnumerateFiles(directory).Select(static path => Path.GetFileName(path))];

    public IJournalFile Create(string name, long capacity)
    {
        string path = PathOf(name);
        // Some file systems reserve what there is before they find that it is not enough, and until then nobody else has any.
        if (!HasRoomFor(capacity))
            return Create(path);
        try
        {
            return new OpenFile(
                File.OpenHandle(
                    path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, preallocationSize: capacity));
        }
        catch (IOException) when (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            // Not enough space for all of it, or no way to reserve any.
            File.Delete(path);
            return Create(path);
        }
    }

    public IJournalFile Open(string name, bool writes) => new OpenFile(
        File.OpenHandle(
            PathOf(name), FileMode.Open, writes ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    public void Delete(string name) => File.Delete(PathOf(name));

    public void Rename(string from, string to) => File.Move(PathOf(from), PathOf(to), overwrite: true);

    public void SynchronizeNames() => SynchronizeNames(directory);

    private static OpenFile Create(string path) => new(
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    private bool HasRoomFor(long bytes)
    {
        if (freeBytes is not null)
            return freeBytes() >= bytes;
        string path = Path.GetFullPath(directory);
        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path).AvailableFreeSpace >= bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It cannot be asked, such as a share of the network; so it is tried.
            return true;
        }
    }

    private string PathOf(string name) => Path.Combine(directory, name);

    private static void SynchronizeNames(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(directory, 0);
        bool isDone = descriptor >= 0 && Fsync(descriptor) == 0;
        int error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
            _ = Close(descriptor);
        if (!isDone && error != InvalidArgument)
            throw new IOException($"Directory \"{directory}\" cannot be synchronized: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    private sealed class OpenFile(SafeFileHandle handle) : IJournalFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> target, long offset)
        {
            int done = 0;
            while (done < target.Length)
            {
                int read = RandomAccess.Read(handle, target[done..], offset + done);
                if (read == 0)
                    break;
                done += read;
            }

            return done;
        }

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offset) => RandomAccess.Write(handle, pieces, offset);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Synchronize() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}
