using Engine.Emulator.Devices.Virtio;
using Engine.Tooling;

namespace Engine.Emulator.Loading;

/// <summary>Opens the files that a user names, with errors of one line.</summary>
public static class GuestFile
{
    /// <summary>Bytes that are taken of a pipe or device at most: some have no end.</summary>
    private const int MaxStreamBytes = 256 << 20;

    /// <summary>Reads a whole file, or a pipe or device up to 256 MiB.</summary>
    /// <exception cref="GuestLoadException">The file is missing, too long or cannot be read.</exception>
    public static byte[] ReadAllBytes(string path) => Open(path, static path =>
        FileKinds.Of(path) == FileKind.Special ? ReadStream(path) : File.ReadAllBytes(path));

    /// <summary>Opens a disk image, as <see cref="FileBlockStorage.Open"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isReadOnly">Whether the guest may only read.</param>
    /// <exception cref="GuestLoadException">The file is missing, in use, or cannot be opened.</exception>
    public static FileBlockStorage OpenDisk(string path, bool isReadOnly = false) =>
        Open(path, file => FileBlockStorage.Open(file, isReadOnly));

    private static byte[] ReadStream(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using var contents = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            if (contents.Length + count > MaxStreamBytes)
                throw new IOException($"it has more than {MaxStreamBytes} bytes and perhaps no end");
            contents.Write(buffer, 0, count);
        }

        return contents.ToArray();
    }

    private static T Open<T>(string path, Func<string, T> open)
    {
        if (path.Length == 0)
            throw new GuestLoadException("the name of a file is empty");
        try
        {
            return open(path);
        }
        catch (OutOfMemoryException error)
        {
            throw new GuestLoadException($"{path}: too large for this machine's memory", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new GuestLoadException($"{path}: no such file", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new GuestLoadException($"{path}: cannot be opened ({error.Message.ReplaceLineEndings(" ")})", error);
        }
    }
}
