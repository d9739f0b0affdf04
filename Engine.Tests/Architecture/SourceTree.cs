using System.Runtime.CompilerServices;

namespace Engine.Tests.Architecture;

/// <summary>The repository's source files, found from the place of this file or from the test binaries.</summary>
internal static class SourceTree
{
    private const string SolutionFile = "Engine.sln";

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The source files under a folder of the repository, without build output.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">Their names.</param>
    public static IEnumerable<string> SourcesUnder(string folder, string pattern = "*.cs") =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(static path => !path.Split(Path.DirectorySeparatorChar).Any(IsBuildOutput))
            .Order(StringComparer.Ordinal);

    /// <summary>All files of text of the repository by their paths from the root, without build output.</summary>
    /// <param name="maxBytes">Files that are larger are left out.</param>
    public static IEnumerable<string> TextFiles(int maxBytes) => FilesUnder(new DirectoryInfo(Root))
        .Where(file => file.Length <= maxBytes && !File.ReadAllBytes(file.FullName).Contains((byte)0))
        .Select(static file => Relative(file.FullName));

    /// <summary>A file's path from the root, with forward slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static bool IsBuildOutput(string folder) => folder is "bin" or "obj";

    private static IEnumerable<FileInfo> FilesUnder(DirectoryInfo folder) => folder.EnumerateFiles()
        .Concat(folder.EnumerateDirectories()
            .Where(static inner => !IsBuildOutput(inner.Name) && inner.Name != ".git" && inner.LinkTarget is null)
            .SelectMany(FilesUnder));

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        string[] starts = [Path.GetDirectoryName(thisFile) ?? "", AppContext.BaseDirectory];
        foreach (string start in starts)
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, SolutionFile)))
                    return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {string.Join(" or ", starts)} holds {SolutionFile}.");
    }
}
