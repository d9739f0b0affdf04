namespace Engine.Tooling;

/// <summary>Makes what lies in the temporary folder, with errors that say which folder that is.</summary>
internal static class TemporaryFolders
{
    /// <exception cref="IOException">The temporary folder is missing or cannot be written.</exception>
    public static DirectoryInfo Create(string prefix) => Make(() => Directory.CreateTempSubdirectory(prefix));

    /// <summary>Makes an empty file.</summary>
    /// <exception cref="IOException">The temporary folder is missing or cannot be written.</exception>
    public static string CreateFile() => Make(Path.GetTempFileName);

    private static T Make<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"no files can be made in the temporary folder {Path.GetTempPath()} ({error.Message}); set TMPDIR to another", error);
        }
    }
}
