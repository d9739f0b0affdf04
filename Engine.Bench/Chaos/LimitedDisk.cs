using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Engine.Bench.Chaos;

/// <summary>
/// A file system of its own that is really full after so many bytes. Mounted in a folder; needs the right to do that. It goes with this
/// object, and with this process if that ends without a word.
/// </summary>
internal sealed class LimitedDisk : IDisposable
{
    // Waits for the end of a pipe from here, which comes with the end of this process too.
    private const string Watch = """
        trap '' HUP INT TERM
        read -r _
        umount "$1" || umount -l "$1"
        rmdir "$1"
        """;

    private readonly DirectoryInfo _folder;
    private readonly Process _watch;

    private LimitedDisk(DirectoryInfo folder)
    {
        _folder = folder;
        _watch = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Watch, "sh", folder.FullName])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
    }

    /// <summary>Where it is.</summary>
    public string Path => _folder.FullName;

    /// <summary>Bytes that files take there.</summary>
    public long UsedBytes
    {
        get
        {
            var drive = new DriveInfo(Path);
            return drive.TotalSize - drive.AvailableFreeSpace;
        }
    }

    /// <summary>Makes one; null where nobody may mount, or on another system than Linux.</summary>
    public static LimitedDisk? TryCreate(long bytes)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engine-disk-");
        if (TryRun("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "tmpfs", folder.FullName))
            return new LimitedDisk(folder);
        folder.Delete();
        return null;
    }

    /// <summary>Makes it larger or smaller.</summary>
    /// <exception cref="IOException">It has more than that.</exception>
    public void Resize(long bytes)
    {
        if (!TryRun("mount", "-o", string.Create(CultureInfo.InvariantCulture, $"remount,size={bytes}"), Path))
            throw new IOException($"The file system of {bytes} bytes at {Path} could not be made.");
    }

    /// <summary>Takes it away, with all that is on it.</summary>
    public void Dispose()
    {
        _watch.StandardInput.Close();
        _watch.WaitForExit();
        _watch.Dispose();
    }

    private static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
