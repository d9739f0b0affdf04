using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Tests.Architecture;

/// <summary>Finds references between the folders of an assembly by compiling its sources.</summary>
internal sealed class FolderReferences
{
    // The members that source generators add are missing from this compilation, and what they assign; nothing refers to a folder
    // through them.
    private static readonly string[] ToleratedErrors = ["CS8795", "CS0170"];

    // What files lack without their generator: a JSON context its constructor, overrides and the property "Default", and a user of
    // Mediator the class that is generated.
    private static readonly (string File, string[] Errors)[] ToleratedInFiles =
    [
        ("JsonContext.cs", ["CS0103", "CS0534", "CS7036"]),
        ("Bus/Peers/MediatorPublish.cs", ["CS0246", "CS1061"]),
    ];

    // It has top-level statements.
    private const string ProgramFile = "Program.cs";

    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;" +
        "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    // Read once, for all assemblies.
    private static readonly Lazy<PortableExecutableReference[]> Platform = new(static () =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ]);

    private readonly CSharpCompilation _compilation;

    /// <summary>Compiles sources; the first part of each path is the folder.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="assembly">The assembly they make; it sees what its friends show it.</param>
    public FolderReferences(IEnumerable<(string Path, string Text)> sources, string assembly = "Engine")
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.None);
        IEnumerable<MetadataReference> references = Platform.Value
            .Where(reference => !IsAboveOrSame(Path.GetFileNameWithoutExtension(reference.FilePath!), assembly));
        _compilation = CSharpCompilation.Create(
            assembly,
            sources.Append(("", ImplicitUsings)).Select(source => CSharpSyntaxTree.ParseText(source.Item2, options, source.Item1)),
            references,
            new CSharpCompilationOptions(
                sources.Any(static source => source.Path == ProgramFile)
                    ? OutputKind.ConsoleApplication
                    : OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                // Without warnings: what flows where is the build's to check, and takes most of the time.
                nullableContextOptions: NullableContextOptions.Annotations));
    }

    /// <summary>What the compiler did not understand, so that a reference could have been missed.</summary>
    public IEnumerable<string> Errors => _compilation.GetDiagnostics()
        .Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && !IsTolerated(diagnostic))
        .Select(static diagnostic => diagnostic.ToString());

    /// <summary>All references from one folder to another, each once per line.</summary>
    public IEnumerable<FolderReference> Find() => _compilation.SyntaxTrees.SelectMany(FindIn).Distinct();

    // What refers to the assembly must not be seen beside its sources: each type would be there twice.
    private static bool IsAboveOrSame(string reference, string assembly) =>
        RoomMap.Assemblies.ContainsKey(reference)
            ? !RoomMap.Below(assembly).Contains(reference) : reference.StartsWith("Engine.", StringComparison.Ordinal);

    private static bool IsTolerated(Diagnostic error) =>
        ToleratedErrors.Contains(error.Id)
        || ToleratedInFiles.Any(tolerated => tolerated.Errors.Contains(error.Id)
            && error.Location.SourceTree?.FilePath.EndsWith(tolerated.File, StringComparison.Ordinal) == true);

    private IEnumerable<FolderReference> FindIn(SyntaxTree tree)
    {
        if (FolderOf(tree) is not string from)
            yield break;
        SemanticModel model = _compilation.GetSemanticModel(tree);
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
        {
            if (node is not ExpressionSyntax || node.FirstAncestorOrSelf<UsingDirectiveSyntax>() is not null)
                continue;
            foreach (INamedTypeSymbol type in TypesOf(model, node))
            {
                foreach (SyntaxReference declaration in type.OriginalDefinition.DeclaringSyntaxReferences)
                {
                    if (FolderOf(declaration.SyntaxTree) is string to && to != from)
                    {
                        int line = tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;
                        yield return new FolderReference(from, to, tree.FilePath, line, type.OriginalDefinition.ToDisplayString());
                    }
                }
            }
        }
    }

    /// <summary>
    /// The types a piece of code depends on: those it names, those that own the members it names, and those of its values.
    /// </summary>
    private static IEnumerable<INamedTypeSymbol> TypesOf(SemanticModel model, SyntaxNode node)
    {
        ISymbol? symbol = model.GetSymbolInfo(node).Symbol;
        ITypeSymbol? owner = symbol as ITypeSymbol ?? symbol?.ContainingType;
        ITypeSymbol? value = model.GetTypeInfo(node).Type;
        return Unwrap(owner).Concat(Unwrap(value));
    }

    private static IEnumerable<INamedTypeSymbol> Unwrap(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => Unwrap(array.ElementType),
        IPointerTypeSymbol pointer => Unwrap(pointer.PointedAtType),
        INamedTypeSymbol named => named.TypeArguments.SelectMany(Unwrap).Prepend(named),
        _ => [],
    };

    private static string? FolderOf(SyntaxTree tree)
    {
        int end = tree.FilePath.IndexOf('/', StringComparison.Ordinal);
        if (end >= 0)
            return tree.FilePath[..end];
        // What starts the program knows all, and nothing can refer to it.
        return tree.FilePath is "" or ProgramFile ? null : AssemblyRooms.Beside;
    }
}

/// <summary>Code in one folder that depends on a type of another.</summary>
/// <param name="From">The folder of the code.</param>
/// <param name="To">The folder of the type.</param>
/// <param name="File">The file of the code.</param>
/// <param name="Line">Its line.</param>
/// <param name="Symbol">The type.</param>
internal sealed record FolderReference(string From, string To, string File, int Line, string Symbol)
{
    public override string ToString() => $"{File}({Line}): {From} -> {To} by {Symbol}";
}
