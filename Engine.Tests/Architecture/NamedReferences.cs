using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Tests.Architecture;

/// <summary>
/// References between folders that sources make by a type's name and that compiling may leave no trace of: constants, members of enums,
/// casts, <c>nameof</c>, static usings. By syntax alone: it goes by the names of types, wherever they may be declared.
/// </summary>
internal static class NamedReferences
{
    /// <summary>All references from one folder to another, each once per line.</summary>
    /// <param name="sources">The sources, with their folders.</param>
    public static IEnumerable<FolderReference> Find(IEnumerable<(string Path, string Folder, string Text)> sources)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.None);
        (string Folder, SyntaxTree Tree)[] trees =
            [.. sources.Select(source => (source.Folder, CSharpSyntaxTree.ParseText(source.Text, options, source.Path)))];
        ILookup<string, NamedType> types = trees
            .SelectMany(static source => source.Tree.GetRoot().DescendantNodes().OfType<MemberDeclarationSyntax>()
                .Where(static type => NameOf(type) is not null && IsVisible(type))
                .Select(type => new NamedType(
                    NameOf(type)!, source.Folder, NamespaceOf(type), (type.Parent as TypeDeclarationSyntax)?.Identifier.ValueText)))
            .Distinct()
            .ToLookup(static type => type.Name);
        return trees.SelectMany(source => FindIn(source.Folder, source.Tree, types)).Distinct();
    }

    private static IEnumerable<FolderReference> FindIn(string from, SyntaxTree tree, ILookup<string, NamedType> types)
    {
        string[] imported = [.. tree.GetCompilationUnitRoot().Usings.Select(static directive => directive.NamespaceOrType.ToString())];
        foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (!types.Contains(name.Identifier.ValueText) || !IsType(name))
                continue;
            NamedType[] meant =
            [
                .. types[name.Identifier.ValueText].Where(type => IsQualified(name, type)
                    || (!type.IsNested && (IsWithin(NamespaceOf(name), type.Namespace) || imported.Contains(type.Namespace)))),
            ];
            if (meant.Any(type => type.Folder == from))
                continue;
            int line = tree.GetLineSpan(name.Span).StartLinePosition.Line + 1;
            foreach (NamedType type in meant)
                yield return new FolderReference(from, type.Folder, $"{tree.FilePath}({line})", type.Name);
        }
    }

    private static string NamespaceOf(SyntaxNode node) =>
        node.FirstAncestorOrSelf<BaseNamespaceDeclarationSyntax>()?.Name.ToString() ?? "";

    private static bool IsWithin(string inner, string outer) =>
        inner == outer || outer.Length == 0 || inner.StartsWith(outer + ".", StringComparison.Ordinal);

    // By the name before the dot: that of the type around it, or the last of its namespace.
    private static bool IsQualified(SimpleNameSyntax name, NamedType type)
    {
        SyntaxNode? before = name.Parent switch
        {
            QualifiedNameSyntax qualified when qualified.Right == name => qualified.Left,
            MemberAccessExpressionSyntax qualified when qualified.Name == name => qualified.Expression,
            _ => null,
        };
        return before?.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().LastOrDefault()?.Identifier.ValueText == type.Outer;
    }

    private static bool IsType(SimpleNameSyntax name)
    {
        if (name.FirstAncestorOrSelf<UsingDirectiveSyntax>() is { } directive)
            return !directive.StaticKeyword.IsKind(SyntaxKind.None) && name.Span.End == directive.NamespaceOrType.Span.End;
        if (SyntaxFacts.IsInTypeOnlyContext(name))
            return true;
        // A property that is named as its type is one thing more that is let through here, and found in what was compiled.
        ExpressionSyntax whole = name.Parent is MemberAccessExpressionSyntax qualified && qualified.Name == name ? qualified : name;
        return whole.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression == whole && SyntaxFacts.GetText(access.OperatorToken.Kind()) == "."
                && char.IsUpper(access.Name.Identifier.ValueText[0]) && access.Parent is not InvocationExpressionSyntax,
            ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: IdentifierNameSyntax called } } =>
                called.Identifier.ValueText == "nameof",
            _ => false,
        };
    }

    private static string? NameOf(MemberDeclarationSyntax member) => member switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.ValueText,
        DelegateDeclarationSyntax type => type.Identifier.ValueText,
        _ => null,
    };

    // A private type is named within the one around it only.
    private static bool IsVisible(MemberDeclarationSyntax type) =>
        type.Parent is not TypeDeclarationSyntax || type.Modifiers.Any(static modifier => modifier.Kind() is SyntaxKind.PublicKeyword
            or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword);
}

/// <summary>A type that a source declares.</summary>
internal sealed record NamedType(string Name, string Folder, string Namespace, string? Around)
{
    public bool IsNested => Around is not null;

    public string Outer => Around ?? Namespace[(Namespace.LastIndexOf('.') + 1)..];
}
