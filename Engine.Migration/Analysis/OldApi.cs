using System.Collections.Frozen;
using Engine.Bus;
using Engine.Events;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Migration.Analysis;

/// <summary>Which symbols are the old types, and which names they have.</summary>
internal static class OldApi
{
    public const string Namespace = "Engine.Compatibility";
    public const string DomainBus = "DomainEventBus";
    public const string AsyncBus = "AsyncEventBus";
    public const string Event = "IDomainEvent";
    public const string SimpleHandler = "SimpleEventHandler";

    private static readonly string AssemblyName = typeof(EventBus).Assembly.GetName().Name!;

    public static readonly FrozenSet<string> TypeNames = typeof(EventBus).Assembly.GetExportedTypes()
        .Where(static type => type.Namespace == Namespace)
        .Select(static type => type.Name.Split('`')[0])
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The old type that a symbol is, or whose constructor it is; null for all others, those of the same name included.</summary>
    public static INamedTypeSymbol? TypeOf(ISymbol? symbol)
    {
        INamedTypeSymbol? type = symbol switch
        {
            INamedTypeSymbol named => named,
            IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => constructor.ContainingType,
            _ => null,
        };
        return type is not null && IsOld(type) ? type : null;
    }

    public static bool IsOld(ISymbol symbol) =>
        symbol.ContainingAssembly?.Name == AssemblyName && symbol.ContainingNamespace?.ToDisplayString() == Namespace;

    public static bool IsBus(ITypeSymbol? type) => type is not null && type.Name is DomainBus or AsyncBus && IsOld(type!);

    public static bool Is(ITypeSymbol? type, string name) => type is not null && type.Name == name && IsOld(type);

    /// <summary>Whether a directive brings the old types into scope.</summary>
    public static bool IsImport(UsingDirectiveSyntax directive) =>
        directive.Alias is null
            && directive.StaticKeyword == default && directive.NamespaceOrType.ToString() is Namespace or "global::" + Namespace;

    /// <summary>Whether a name can be that of an event type.</summary>
    public static bool IsEventName(string name)
    {
        try
        {
            _ = new EventDescriptor(name);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public static string Key(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
}
