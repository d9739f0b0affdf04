using Engine.Storage.Journals;

namespace Engine.Storage.Logs;

/// <summary>
/// What a journal is recognized by, so that a place in it means nothing in another one. Made by whoever first remembers a place; a journal
/// whose directory was emptied and begun anew has another one.
/// </summary>
internal static class JournalEpoch
{
    public const string Name = "journal.epoch";

    private const int Length = 32;

    /// <summary>The epoch of a journal.</summary>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    /// <exception cref="InvalidDataException">Something else is in its file.</exception>
    public static string Of(string directory)
    {
        string path = Path.Combine(directory, Name);
        if (!File.Exists(path))
            Make(directory, path);
        string epoch = File.ReadAllText(path);
        return epoch.Length == Length && epoch.All(char.IsAsciiHexDigitLower)
            ? epoch
            : throw new InvalidDataException($"\"{path}\" holds no epoch of a journal: 32 digits, 0 to 9 and a to f.");
    }

    // Complete under another name first; the one that comes first to the name stays.
    private static void Make(string directory, string path)
    {
        string epoch = Guid.NewGuid().ToString("n");
        string fresh = $"{path}.{epoch}";
        var files = new DiskFiles(directory);
        using (IJournalFile file = files.Create(Path.GetFileName(fresh), 0))
        {
            file.Write([System.Text.Encoding.ASCII.GetBytes(epoch)], 0);
            file.Synchronize();
        }

        try
        {
            File.Move(fresh, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(fresh);
        }

        files.SynchronizeNames();
    }
}
