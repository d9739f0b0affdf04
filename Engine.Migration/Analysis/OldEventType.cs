using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Migration.Analysis;

/// <summary>A type of the sources that is an event of the old kind.</summary>
/// <param name="File">Where it is declared.</param>
/// <param name="Declaration">The part that names the old interface.</param>
/// <param name="Symbol">The type.</param>
/// <param name="Name">Its event name, if that is a constant.</param>
/// <param name="IsTyped">Whether it is of the new kind already.</param>
/// <param name="Obstacle">Why it cannot be made one of the new kind by a tool; null if it can.</param>
internal sealed record OldEventType(
    SourceFile File, TypeDeclarationSyntax Declaration, INamedTypeSymbol Symbol, string? Name, bool IsTyped, string? Obstacle)
{
    private const string NameProperty = "EventType";
    private const string DescriptorProperty = "Descriptor";

    /// <summary>The entry of the base list that names the old interface; null if a base type brings it.</summary>
    public BaseTypeSyntax? BaseEntry => EntryOf(Declaration);

    public static OldEventType? Read(SourceFile file, TypeDeclarationSyntax declaration, SemanticModel model)
    {
        if (model.GetDeclaredSymbol(declaration) is not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } symbol
            || !symbol.AllInterfaces.Any(static i => OldApi.Is(i, OldApi.Event)))
        {
            return null;
        }

        // Of a partial type, the part that names the interface stands for all.
        bool isNamedHere = symbol.Interfaces.Any(static i => OldApi.Is(i, OldApi.Event)) && EntryOf(declaration) is not null;
        if (!isNamedHere && symbol.DeclaringSyntaxReferences.Length > 1)
            return null;
        bool isTyped = symbol.AllInterfaces.Any(i => i.Name == "IEvent" && i.ContainingNamespace.ToDisplayString() == "Engine.Events"
            && i.TypeArguments.Length == 1 && SymbolEqualityComparer.Default.Equals(i.TypeArguments[0], symbol));
        string? name = NameOf(symbol, model) ?? (isTyped ? DescriptorNameOf(symbol, model) : null);
        return new OldEventType(file, declaration, symbol, name, isTyped, isTyped ? null : ObstacleTo(symbol, name, isNamedHere));
    }

    private static string? ObstacleTo(INamedTypeSymbol symbol, string? name, bool isNamedHere)
    {
        if (!isNamedHere)
            return "its base type makes it an event; events of the new kind do not inherit from each other";
        if (symbol.IsAbstract)
            return "it is abstract; only types of which there are objects can be events of the new kind";
        if (symbol.IsGenericType || symbol.ContainingType is { IsGenericType: true })
            return "it is generic; each event type needs a name of its own";
        if (name is null)
            return "its EventType is not a constant";
        if (!OldApi.IsEventName(name))
            return $"\"{name}\" is not a name of the new kind: lower-case words joined by '-', levels by '.'";
        if (symbol.GetMembers(DescriptorProperty).Length > 0 || symbol.Name == DescriptorProperty)
            return "it has a member Descriptor already";
        return null;
    }

    private static BaseTypeSyntax? EntryOf(TypeDeclarationSyntax declaration) => declaration.BaseList?.Types
        .FirstOrDefault(static entry => entry.Type is SimpleNameSyntax { Identifier.ValueText: OldApi.Event }
            or QualifiedNameSyntax { Right.Identifier.ValueText: OldApi.Event }
            or AliasQualifiedNameSyntax { Name.Identifier.ValueText: OldApi.Event });

    private static string? NameOf(INamedTypeSymbol symbol, SemanticModel model)
    {
        foreach (SyntaxReference reference in symbol.GetMembers(NameProperty).SelectMany(static member => member.DeclaringSyntaxReferences))
        {
            if (reference.GetSyntax() is not PropertyDeclarationSyntax property)
                continue;
            ExpressionSyntax? value = property.ExpressionBody?.Expression ?? property.Initializer?.Value ?? GetterOf(property);
            if (value is null
                || property.AccessorList?.Accessors.Any(static accessor => !accessor.Keyword.ValueText.StartsWith('g')) == true)
                return null;
            return ConstantOf(value, model);
        }

        return null;
    }

    private static string? DescriptorNameOf(INamedTypeSymbol symbol, SemanticModel model) => symbol.GetMembers(DescriptorProperty)
        .SelectMany(static member => member.DeclaringSyntaxReferences)
        .Select(static reference => (reference.GetSyntax() as PropertyDeclarationSyntax)?.Initializer?.Value)
        .OfType<BaseObjectCreationExpressionSyntax>()
        .Select(creation => creation.ArgumentList?.Arguments is [var first, ..] ? ConstantOf(first.Expression, model) : null)
        .FirstOrDefault();

    private static string? ConstantOf(ExpressionSyntax value, SemanticModel model)
    {
        SemanticModel own = value.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(value.SyntaxTree);
        return own.GetConstantValue(value) is { HasValue: true, Value: string text } ? text : null;
    }

    private static ExpressionSyntax? GetterOf(PropertyDeclarationSyntax property) => property.AccessorList?.Accessors switch
    {
        [{ ExpressionBody.Expression: var value }] => value,
        [{ Body.Statements: [ReturnStatementSyntax { Expression: var value }] }] => value,
        _ => null,
    };
}
