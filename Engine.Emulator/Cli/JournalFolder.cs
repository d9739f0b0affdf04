using Engine.Storage.Journals;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Opens the journal that a command line names.</summary>
internal static class JournalFolder
{
    private const int MinKeyBytes = 16;
    private const int MaxKeyBytes = 4_096;

    /// <exception cref="UsageException">There is none, or it cannot be read.</exception>
    public static JournalReader Open(string directory)
    {
        try
        {
            return JournalReader.Open(directory);
        }
        catch (DirectoryNotFoundException)
        {
            throw new UsageException($"\"{directory}\" holds no journal: there is no such folder.");
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>Reads a key; null where no file is named.</summary>
    /// <exception cref="UsageException">The file cannot be read, or holds no key.</exception>
    public static byte[]? ReadKey(string option, string? path)
    {
        if (path is null)
            return null;
        try
        {
            byte[] key = File.ReadAllBytes(path);
            return key.Length is >= MinKeyBytes and <= MaxKeyBytes
                ? key
                : throw new UsageException(
                    $"{option}: a key has from {MinKeyBytes} to {MaxKeyBytes} bytes; {path} has {key.Length}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{option}: {error.Message}");
        }
    }
}
