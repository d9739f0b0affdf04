using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Migration.Analysis;

/// <summary>Guesses by name and using directives, for code whose references are missing so that nothing binds.</summary>
internal static class UnboundNames
{
    private static readonly HashSet<string> Methods = [
        "Subscribe", "Publish", "PublishAsync", "PublishSync", "Unsubscribe", "UnsubscribeById"];

    /// <summary>Whether a name that binds to nothing is probably that of an old type.</summary>
    public static bool IsOldType(SimpleNameSyntax name, SemanticModel model)
    {
        SymbolInfo info = model.GetSymbolInfo(name);
        if (info.Symbol is not null)
            return false;
        if (info.CandidateSymbols.Length > 0)
            return info.CandidateSymbols.Any(static candidate => OldApi.TypeOf(candidate) is not null);
        return name.Parent is QualifiedNameSyntax qualified && qualified.Right == name
            ? qualified.Left.ToString() is OldApi.Namespace or "global::" + OldApi.Namespace
            : Imports(model);
    }

    /// <summary>Whether a call of which neither receiver nor method binds is probably one of an old bus.</summary>
    public static bool IsOldCall(MemberAccessExpressionSyntax access, SemanticModel model)
    {
        if (!Methods.Contains(access.Name.Identifier.ValueText) || access.Parent is not InvocationExpressionSyntax)
            return false;
        SymbolInfo info = model.GetSymbolInfo(access);
        ITypeSymbol? receiver = model.GetTypeInfo(access.Expression).Type;
        return info.Symbol is null
            && info.CandidateSymbols.Length == 0 && receiver is null or { TypeKind: TypeKind.Error } && Imports(model)
            && model.GetSymbolInfo(access.Expression).Symbol is not INamespaceOrTypeSymbol;
    }

    private static bool Imports(SemanticModel model) =>
        Directives(model.SyntaxTree).Any(OldApi.IsImport)
        || model.Compilation.SyntaxTrees.SelectMany(Directives)
            .Any(static directive => directive.GlobalKeyword != default && OldApi.IsImport(directive));

    private static IEnumerable<UsingDirectiveSyntax> Directives(SyntaxTree tree) => tree.GetRoot()
        .DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        .OfType<UsingDirectiveSyntax>();
}
