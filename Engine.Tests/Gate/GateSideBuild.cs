using System.Globalization;
using Engine.Bench.Gate;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Engine.Tests.Gate;

/// <summary>A build, made for a test, that speaks the gate's contract and holds benchmarks that do nothing.</summary>
internal static class GateSideBuild
{
    private const string Program = "Engine.Bench";
    private const string Bus = "Engine.Bus";

    private static readonly MetadataReference[] Runtime =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Compiles a build into a folder; returns the path of its Engine.Bench.dll.</summary>
    /// <param name="folder">A folder of its own.</param>
    /// <param name="isSeeded">What it says of itself.</param>
    /// <param name="hasBus">Whether its benchmarks lie in an assembly of their own, Engine.Bus.dll, beside it.</param>
    /// <param name="benchmarks">Their names. Each reads the meter twice, whatever it is asked to do.</param>
    public static string Create(string folder, bool isSeeded, bool hasBus, params string[] benchmarks)
    {
        string names = string.Join(", ", benchmarks.Select(static name => $"(\"{name}\", \"event\", false)"));
        const string Session =
            """
            namespace Engine.Bus
            {
                public sealed class Session : System.IDisposable
                {
                    public long Run(int segments, System.Func<long> meter) => -meter() + meter();
                    public void Dispose() { }
                }
            }
            """;
        string side = string.Create(CultureInfo.InvariantCulture,
            $$"""
            namespace Engine.Bench.Gate
            {
                public static class GateSide
                {
                    public const int ContractVersion = {{GateSide.ContractVersion}};
                    public const bool IsSeeded = {{(isSeeded ? "true" : "false")}};
                    public static (string, string, bool)[] List() => new (string, string, bool)[] { {{names}} };
                    public static (System.Func<int, System.Func<long>, long>, int, System.IDisposable) Open(string name)
                    {
                        var session = new Engine.Bus.Session();
                        return (session.Run, 1, session);
                    }
                }
            }
            """);
        Directory.CreateDirectory(folder);
        return hasBus
            ? Compile(folder, Program, [side], MetadataReference.CreateFromFile(Compile(folder, Bus, [Session])))
            : Compile(folder, Program, [side, Session]);
    }

    private static string Compile(string folder, string name, string[] sources, params MetadataReference[] references)
    {
        string path = Path.Combine(folder, name + ".dll");
        var result = CSharpCompilation.Create(
            name,
            sources.Select(static source => CSharpSyntaxTree.ParseText(source)),
            [.. Runtime, .. references],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(path);
        Assert.That(result.Success, Is.True, string.Join(Environment.NewLine, result.Diagnostics));
        return path;
    }
}
