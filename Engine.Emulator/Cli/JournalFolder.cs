using Engine.Storage.Journals;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Opens the journal that a command line names.</summary>
internal static class JournalFolder
{
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
}
