using System.Runtime.CompilerServices;

namespace Engine.Tests.Architecture;

/// <summary>The repository's source files, found from the place of this file or from the test binaries.</summary>
internal static class SourceTree
{
    private const string SolutionFile = "Engine.sln";

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files under a folder of the repository, without build output.</summary>
    public static IEnumerable<string> SourcesUnder(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    /// <summary>A file's path from the root, with forward slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

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
