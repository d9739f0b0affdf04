using Engine.Emulator.Devices.Virtio;

namespace Engine.Emulator.Loading;

/// <summary>Opens the files that a user names, with errors of one line.</summary>
public static class GuestFile
{
    /// <summary>Reads a whole file.</summary>
    /// <exception cref="GuestLoadException">The file is missing or cannot be read.</exception>
    public static byte[] ReadAllBytes(string path) => Open(path, File.ReadAllBytes);

    /// <summary>Opens a disk image, as <see cref="FileBlockStorage.Open"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isReadOnly">Whether the guest may only read.</param>
    /// <exception cref="GuestLoadException">The file is missing, in use, or cannot be opened.</exception>
    public static FileBlockStorage OpenDisk(string path, bool isReadOnly = false) =>
        Open(path, file => FileBlockStorage.Open(file, isReadOnly));

    private static T Open<T>(string path, Func<string, T> open)
    {
        try
        {
            return open(path);
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
