namespace Engine.Storage.Journals;

/// <summary>What is made of the few things that a file system must be able to do.</summary>
internal static class JournalFilesExtensions
{
    private const string NewSuffix = ".new";

    /// <summary>Gives a small file other contents, durably and as one step: whoever opens it sees the old ones or the new ones.</summary>
    public static void Replace(this IJournalFiles files, string name, ReadOnlyMemory<byte> contents)
    {
        string fresh = name + NewSuffix;
        // A crash may have left one.
        files.Delete(fresh);
        using (IJournalFile file = files.Create(fresh, 0))
        {
            file.Write([contents], 0);
            file.Synchronize();
        }

        files.Rename(fresh, name);
        files.SynchronizeNames();
    }
}
