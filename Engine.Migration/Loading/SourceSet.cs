using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Engine.Migration.Loading;

/// <summary>The projects that a path names, and those they refer to.</summary>
internal sealed partial class SourceSet
{
    // The engine's own sources are what the tool knows by heart; a reference to them is one to its assemblies.
    private static readonly string[] EngineAssemblies = ["Engine", "Engine.Bus"];

    private readonly Dictionary<string, SourceProject> _projects = new(StringComparer.Ordinal);
    private readonly HashSet<string> _scope = new(StringComparer.Ordinal);
    private readonly string _root;
    private readonly string[] _include;
    private readonly string[] _exclude;

    private SourceSet(string root, string[] include, string[] exclude)
    {
        _root = root;
        _include = include;
        _exclude = exclude;
    }

    /// <summary>The projects, those that only others refer to included.</summary>
    public IEnumerable<SourceProject> Projects =>
        _projects.Values.Where(static project => !EngineAssemblies.Contains(project.AssemblyName) || project.File is null);

    /// <summary>Reads all sources that a path names.</summary>
    /// <param name="path">A C# file, a folder, a project or a solution.</param>
    /// <param name="include">If not empty: only files whose path below the root matches one of these are changed.</param>
    /// <param name="exclude">Files whose path below the root matches one of these are not changed.</param>
    public static SourceSet Load(string path, string[] include, string[] exclude)
    {
        path = Path.GetFullPath(path);
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
            throw new MigrationException($"no such file or folder: {path}");
        var set = new SourceSet(isFolder ? path : Path.GetDirectoryName(path)!, include, exclude);
        if (isFolder)
            set.AddFiles(SourcesUnder(path, stopAtProjects: false));
        else
            set.AddFile(path);
        return set;
    }

    public SourceProject? Find(string projectFile) =>
        _projects.TryGetValue(projectFile, out SourceProject? project) && !EngineAssemblies.Contains(project.AssemblyName) ? project : null;

    private void AddFile(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".cs":
                AddFiles([path]);
                break;
            case ".csproj":
                AddFiles(SourcesUnder(Path.GetDirectoryName(path)!, stopAtProjects: true), path);
                break;
            case ".sln" or ".slnx":
                foreach (Match match in ProjectPattern().Matches(File.ReadAllText(path)))
                {
                    string project = Path.GetFullPath(Path.Combine(_root, match.Groups[1].Value.Replace('\\', '/')));
                    if (File.Exists(project))
                        AddFiles(SourcesUnder(Path.GetDirectoryName(project)!, stopAtProjects: true), project);
                }

                break;
            default:
                throw new MigrationException($"{path} is none of: a C# file, a folder, a .csproj, a .sln");
        }
    }

    private void AddFiles(IEnumerable<string> files, string? project = null)
    {
        string[] all = [.. files];
        _scope.UnionWith(all.Where(IsSelected));
        foreach (IGrouping<string, string> group in all.GroupBy(file => project ?? ProjectOf(file) ?? ""))
            AddProject(group.Key.Length == 0 ? null : group.Key, [.. group]);
    }

    private void AddProject(string? file, string[] files)
    {
        if (_projects.ContainsKey(file ?? ""))
            return;
        var project = new SourceProject(file, file is null ? _root : Path.GetDirectoryName(file)!);
        _projects.Add(file ?? "", project);
        if (EngineAssemblies.Contains(project.AssemblyName) && file is not null)
            return;
        // The rest of a project is read too, so that a part of it is understood.
        IEnumerable<string> whole = file is null ? files : files.Union(SourcesUnder(project.Folder, stopAtProjects: true));
        project.Files.AddRange(
            whole.Order(StringComparer.Ordinal).Select(path => SourceFile.Read(path, isContext: !_scope.Contains(path))));
        foreach (string reference in project.ProjectReferences.Where(File.Exists))
            AddProject(reference, []);
    }

    private bool IsSelected(string path)
    {
        string relative = Path.GetRelativePath(_root, path).Replace('\\', '/');
        return (_include.Length == 0 || _include.Any(IsMatch)) && !_exclude.Any(IsMatch);

        bool IsMatch(string pattern) => FileSystemName.MatchesSimpleExpression(pattern, relative, ignoreCase: false);
    }

    private static string? ProjectOf(string file)
    {
        for (DirectoryInfo? folder = new(Path.GetDirectoryName(file)!); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles("*.csproj").MinBy(static found => found.Name, StringComparer.Ordinal) is { } project)
                return project.FullName;
        }

        return null;
    }

    private static IEnumerable<string> SourcesUnder(string folder, bool stopAtProjects)
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs", options))
            yield return file;
        foreach (string child in Directory.EnumerateDirectories(folder, "*", options))
        {
            if (Path.GetFileName(child) is "bin" or "obj" or "node_modules")
                continue;
            if (stopAtProjects && Directory.EnumerateFiles(child, "*.csproj").Any())
                continue;
            foreach (string file in SourcesUnder(child, stopAtProjects))
                yield return file;
        }
    }

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex ProjectPattern();
}
