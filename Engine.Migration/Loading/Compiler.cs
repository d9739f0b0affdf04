using Engine.Bus;
using Engine.Events;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Migration.Loading;

/// <summary>
/// Makes compilations of a set of sources: with the runtime's assemblies, the engine's, and the packages a restore found.
/// </summary>
internal sealed class Compiler
{
    private static readonly MetadataReference[] Platform = [
        .. PlatformAssemblies().Select(static path => MetadataReference.CreateFromFile(path))];

    private readonly SourceSet _sources;
    private readonly Func<SourceFile, SyntaxTree> _treeOf;
    private readonly Dictionary<SourceProject, CSharpCompilation?> _made = [];

    private Compiler(SourceSet sources, Func<SourceFile, SyntaxTree> treeOf)
    {
        _sources = sources;
        _treeOf = treeOf;
    }

    /// <summary>Compiles all projects.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="treeOf">Which tree stands for a file: that of the disk or a rewritten one.</param>
    public static IReadOnlyDictionary<SourceProject, CSharpCompilation> Compile(SourceSet sources, Func<SourceFile, SyntaxTree> treeOf)
    {
        var compiler = new Compiler(sources, treeOf);
        return sources.Projects.ToDictionary(static project => project, project => compiler.Make(project)!);
    }

    private CSharpCompilation? Make(SourceProject project)
    {
        if (_made.TryGetValue(project, out CSharpCompilation? known))
            return known;
        // Null while it is being made: a circle of references ends here, and its errors are the user's.
        _made.Add(project, null);
        SyntaxTree[] trees = [.. project.Files.Select(_treeOf)];
        bool isProgram = trees.Any(
            static tree => tree.GetCompilationUnitRoot().Members.Any(static member => member is GlobalStatementSyntax));
        var compilation = CSharpCompilation.Create(
            project.AssemblyName,
            [.. trees, CSharpSyntaxTree.ParseText(project.GlobalUsings, (CSharpParseOptions?)trees.FirstOrDefault()?.Options)],
            [.. Platform, .. PackageReferences.Of(project), .. References(project)],
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
        return _made[project] = compilation;
    }

    private IEnumerable<MetadataReference> References(SourceProject project)
    {
        var seen = new HashSet<SourceProject> { project };
        var open = new Queue<SourceProject>([project]);
        while (open.TryDequeue(out SourceProject? next))
        {
            foreach (SourceProject target in next.ProjectReferences.Select(_sources.Find).OfType<SourceProject>())
            {
                if (!seen.Add(target))
                    continue;
                open.Enqueue(target);
                if (Make(target) is { } compilation)
                    yield return compilation.ToMetadataReference();
            }
        }
    }

    private static IEnumerable<string> PlatformAssemblies()
    {
        string folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == folder)
            .Append(typeof(IEvent<>).Assembly.Location)
            .Append(typeof(EventBus).Assembly.Location);
    }
}
