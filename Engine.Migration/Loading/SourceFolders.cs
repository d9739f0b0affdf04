namespace Engine.Migration.Loading;

/// <summary>Finds sources and projects in folders. A folder that cannot be read is noted, and the rest is looked at.</summary>
internal static class SourceFolders
{
    private static readonly EnumerationOptions Options = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden,
        IgnoreInaccessible = false,
    };

    /// <summary>The C# files below a folder, what builds put there left out.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="stopAtProjects">Whether folders with a project of their own are left out.</param>
    /// <param name="unread">Gets the folders that cannot be read.</param>
    public static IEnumerable<string> SourcesUnder(string folder, bool stopAtProjects, ICollection<Unread> unread)
    {
        string[] files, folders;
        try
        {
            files = Directory.GetFiles(folder, "*.cs", Options);
            folders = Directory.GetDirectories(folder, "*", Options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            unread.Add(Unread.Of(folder, error));
            yield break;
        }

        foreach (string file in files)
            yield return file;
        foreach (string child in folders)
        {
            if (Path.GetFileName(child) is "bin" or "obj" or "node_modules")
                continue;
            if (stopAtProjects && HasProject(child))
                continue;
            foreach (string file in SourcesUnder(child, stopAtProjects, unread))
                yield return file;
        }
    }

    /// <summary>The project that a file belongs to: the nearest in a folder above that can be read; null if there is none.</summary>
    public static string? ProjectOf(string file)
    {
        for (DirectoryInfo? folder = new(Path.GetDirectoryName(file)!); folder is not null; folder = folder.Parent)
        {
            try
            {
                if (folder.EnumerateFiles("*.csproj").MinBy(static found => found.Name, StringComparer.Ordinal) is { } project)
                    return project.FullName;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Whether a project lies there cannot be known; the file is then read without it.
            }
        }

        return null;
    }

    private static bool HasProject(string folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "*.csproj").Any();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is noted where its sources are looked for.
            return false;
        }
    }
}
