using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Engine.Tests.Documentation;

/// <summary>
/// Compiles and runs the examples of the README and of documents. The comment before an example says what it prints.
/// </summary>
public sealed partial class ReadmeTests
{
    private const string GlobalUsings =
        "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; global " +
        "using System.Threading.Tasks;";

    private static readonly string[] Documents =
    [
        "README.md", "docs/configuration.md", "docs/diagnostics.md", "docs/embedding.md", "docs/event-design.md", "docs/machine.md",
        "docs/storage.md",
        "docs/troubleshooting.md",
    ];

    [TestCaseSource(nameof(Examples))]
    public void Example_compiles_without_warnings_and_prints_what_it_says(string name, string code, string expectedOutput)
    {
        Assert.That(Run(Compile(name, code)).Trim(), Is.EqualTo(expectedOutput));
    }

    [Test]
    public void Embedding_takes_about_thirty_lines()
    {
        string code = (string)Examples().Single(static example => (string)example.Arguments[0]! == "embedding").Arguments[1]!;
        Assert.That(code.Split('\n').Count(static line => line.Trim().Length > 0), Is.LessThanOrEqualTo(30));
    }

    private static IEnumerable<TestCaseData> Examples()
    {
        foreach (Match match in Documents.SelectMany(
            static path => ExamplePattern().Matches(File.ReadAllText(Path.Combine(RepositoryRoot(), path)))))
        {
            yield return new TestCaseData(match.Groups["name"].Value, match.Groups["code"].Value, match.Groups["prints"].Value)
                .SetName($"Example_{match.Groups["name"].Value}");
        }
    }

    private static Assembly Compile(string name, string code)
    {
        string[] trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Example_" + name,
            [CSharpSyntaxTree.ParseText(GlobalUsings), CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Latest))],
            trusted.Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        EmitResult result = compilation.Emit(image);
        Assert.That(result.Diagnostics.Where(static d => d.Severity >= DiagnosticSeverity.Warning), Is.Empty);
        return Assembly.Load(image.ToArray());
    }

    private static string Run(Assembly program)
    {
        TextWriter previous = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            program.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(previous);
        }

        return output.ToString();
    }

    private static string RepositoryRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));

    [GeneratedRegex(
        """<!-- example: (?<name>[a-z-]+); prints "(?<prints>[^"]*)" -->\s*```csharp\n(?<code>.*?)```""", RegexOptions.Singleline)]
    private static partial Regex ExamplePattern();
}
