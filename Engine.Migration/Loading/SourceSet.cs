using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Engine.Tooling;

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
    private readonly List<Unread> _unread = [];
    private readonly HashSet<string> _lookedAt = new(StringComparer.Ordinal);

    private SourceSet(string root, string[] include, string[] exclude)
    {
        _root = root;
        _include = include;
        _exclude = exclude;
    }

    /// <summary>The projects, those that only others refer to included.</summary>
    public IEnumerable<SourceProject> Projects =>
        _projects.Values.Where(static project => !EngineAssemblies.Contains(project.AssemblyName) || project.File is null);

    /// <summary>What was left out because it cannot be read, each once.</summary>
    public IEnumerable<Unread> Unread => _unread.DistinctBy(static unread => unread.Path);

    /// <summary>The files that are looked at, and not only read to understand others.</summary>
    public IEnumerable<SourceFile> Files => Projects.SelectMany(static project => project.Files).Where(static file => !file.IsContext);

    /// <summary>All files that were read.</summary>
    public IEnumerable<string> AllPaths => _projects.Values.SelectMany(
        static project => project.Files.Select(static file => file.Path).Append(project.File ?? ""));

    /// <summary>Reads all sources that a path names.</summary>
    /// <param name="path">A C# file, a folder, a project or a solution.</param>
    /// <param name="include">If not empty: only files whose path below the root matches one of these are changed.</param>
    /// <param name="exclude">Files whose path below the root matches one of these are not changed.</param>
    /// <exception cref="MigrationException">The path names nothing, or nothing that there is something to look at.</exception>
    public static SourceSet Load(string path, string[] include, string[] exclude)
    {
        if (path.Length == 0)
            throw new MigrationException("PATH is empty; give a C# file, a folder, a .csproj or a .sln");
        path = Path.GetFullPath(path);
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
            throw new MigrationException($"no such file or folder: {path}");
        var set = new SourceSet(isFolder ? path : Path.GetDirectoryName(path)!, include, exclude);
        if (isFolder)
            set.AddFiles(SourceFolders.SourcesUnder(path, stopAtProjects: false, set._unread));
        else
            set.AddFile(path);
        if (!set.Files.Any())
            throw new MigrationException(set.WhyEmpty(path));
        return set;
    }

    public SourceProject? Find(string projectFile) =>
        _projects.TryGetValue(projectFile, out SourceProject? project) && !EngineAssemblies.Contains(project.AssemblyName) ? project : null;

    private string WhyEmpty(string path)
    {
        string left = string.Concat(Unread.Take(3).Select(static unread => $"; {unread.Path} cannot be read: {unread.Reason}"));
        string reason = _projects.Values.Any(project => project.File is not null && EngineAssemblies.Contains(project.AssemblyName))
            ? "only the engine's own sources are there"
            : _projects.Values.SelectMany(static project => project.Files).Any()
            ? _scope.Count == 0 ? "--include and --exclude leave no file" : "the files there are generated ones"
            : _scope.Count == 0 && (_include.Length > 0 || _exclude.Length > 0) ? "--include and --exclude leave no file"
            : "there are no C# files";
        return $"nothing to look at in {path}: {(left.Length > 0 ? left[2..] : reason)}";
    }

    private void AddFile(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".cs":
                AddFiles([path]);
                break;
            case ".csproj":
                AddProjects([path]);
                break;
            case ".sln" or ".slnx":
                AddProjects(ProjectsOf(path));
                break;
            default:
                throw new MigrationException($"{path} is none of: a C# file, a folder, a .csproj, a .sln");
        }
    }

    private List<string> ProjectsOf(string solution)
    {
        var projects = new List<string>();
        try
        {
            if (FileKinds.Of(solution) != FileKind.Regular)
                throw new IOException("it is no ordinary file");
            foreach (Match match in ProjectPattern().Matches(File.ReadAllText(solution)))
            {
                string project = Path.GetFullPath(Path.Combine(_root, match.Groups[1].Value.Replace('\\', '/')));
                if (File.Exists(project))
                    projects.Add(project);
                else
                    _unread.Add(new Unread(project, "there is no such file, or its folder cannot be read"));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _unread.Add(Loading.Unread.Of(solution, error));
        }

        return projects;
    }

    // All files are known to be wanted before the first project is read, since that reads those it refers to.
    private void AddProjects(List<string> projects)
    {
        var filesOf = new List<(string Project, string[] Files)>();
        foreach (string project in projects)
        {
            string[] files = [.. SourceFolders.SourcesUnder(Path.GetDirectoryName(project)!, stopAtProjects: true, _unread)];
            filesOf.Add((project, files));
            _scope.UnionWith(files.Where(IsSelected));
        }

        foreach ((string project, string[] files) in filesOf)
            AddProject(project, files);
    }

    private void AddFiles(IEnumerable<string> files)
    {
        string[] all = [.. files];
        _scope.UnionWith(all.Where(IsSelected));
        foreach (IGrouping<string, string> group in all.GroupBy(static file => SourceFolders.ProjectOf(file) ?? ""))
            AddProject(group.Key.Length == 0 ? null : group.Key, [.. group]);
    }

    private void AddProject(string? file, string[] files)
    {
        if (_projects.ContainsKey(file ?? ""))
            return;
        var project = new SourceProject(file, file is null ? _root : Path.GetDirectoryName(file)!, _unread);
        _projects.Add(file ?? "", project);
        if (EngineAssemblies.Contains(project.AssemblyName) && file is not null)
            return;
        // The rest of a project is read too, so that a part of it is understood.
        IEnumerable<string> whole = file is null
            ? files : files.Union(SourceFolders.SourcesUnder(project.Folder, stopAtProjects: true, _unread));
        project.Files.AddRange(whole.Order(StringComparer.Ordinal)
            // Two projects may lie in one folder; the file is changed once.
            .Select(path => SourceFile.Read(path, isContext: !_scope.Contains(path) || !_lookedAt.Add(path), _unread))
            .OfType<SourceFile>());
        foreach (string reference in project.ProjectReferences.Where(File.Exists))
            AddProject(reference, []);
    }

    private bool IsSelected(string path)
    {
        string relative = Path.GetRelativePath(_root, path).Replace('\\', '/');
        return (_include.Length == 0 || _include.Any(IsMatch)) && !_exclude.Any(IsMatch);

        bool IsMatch(string pattern) => FileSystemName.MatchesSimpleExpression(pattern, relative, ignoreCase: false);
    }

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex ProjectPattern();
}
