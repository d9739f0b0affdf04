using System.Reflection;
using System.Text;
using Engine.Migration.Loading;
using Engine.Migration.Rewriting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Engine.Tests.Migration;

/// <summary>A temporary folder of sources, and the tool's work on it.</summary>
internal sealed class SourceFolder : IDisposable
{
    private const string GlobalUsings =
        "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; global " +
        "using System.Threading.Tasks;";

    public string Root { get; } = Directory.CreateTempSubdirectory("engine-migration-").FullName;

    public string Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    public string Add(string name, byte[] content)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Root, name));

    public MigrationPlan Plan(string path = "") => Planner.Make(SourceSet.Load(Path.Combine(Root, path), [], []));

    public MigrationPlan Migrate(Action<string>? beforeRename = null)
    {
        MigrationPlan plan = Plan();
        new FileReplacer(beforeRename).Replace(plan.NewTexts);
        return plan;
    }

    /// <summary>All files and their bytes.</summary>
    public Dictionary<string, string> Snapshot() => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(Root, path), static path => Convert.ToHexString(File.ReadAllBytes(path)));

    /// <summary>Each finding as "file(line,column) rule".</summary>
    public IEnumerable<string> Places(MigrationPlan plan) => plan.Findings.Select(finding =>
        $"{Path.GetRelativePath(Root, finding.File.Path)}({finding.Position.Line},{finding.Position.Column}) {finding.Rule.Id}");

    /// <summary>Compiles the folder against the engine and returns what <c>Program.Run()</c> does.</summary>
    public object? Run()
    {
        string[] trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Migrated" + Guid.NewGuid().ToString("N"),
            [
                CSharpSyntaxTree.ParseText(GlobalUsings),
                .. Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories).Select(
                    static path => CSharpSyntaxTree.ParseText(File.ReadAllText(path))),
            ],
            trusted.Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        Assert.That(compilation.Emit(image).Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error), Is.Empty);
        Type program = Assembly.Load(image.ToArray()).GetTypes().Single(static type => type.Name == "Program");
        return program.GetMethod("Run")!.Invoke(null, null);
    }

    public void Dispose()
    {
        foreach (string file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories))
            File.SetAttributes(file, FileAttributes.Normal);
        Directory.Delete(Root, recursive: true);
    }
}
