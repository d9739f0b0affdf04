using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>
/// What has to be known of all sources before one use can be rewritten: which events become typed, and whether all are
/// published with a type that the compiler knows. A handler may only move to a type if no event of its name is
/// published as a bare <c>IDomainEvent</c>, because it would no longer get that one.
/// </summary>
internal sealed class Facts
{
    private readonly Dictionary<string, OldEventType> _events = new(StringComparer.Ordinal);
    private readonly HashSet<string> _baseTypes = new(StringComparer.Ordinal);
    private readonly HashSet<SourceFile> _kept;
    private readonly IReadOnlyDictionary<(SourceFile File, TextSpan Span), string> _refused;

    private Facts(HashSet<SourceFile> kept, IReadOnlyDictionary<(SourceFile File, TextSpan Span), string> refused) =>
        (_kept, _refused) = (kept, refused);

    /// <summary>A place where an event is published that handlers by type do not get; null if there is none.</summary>
    public string? UntypedPublish { get; private set; }

    /// <summary>Whether events lose the old interface, because no old code is left that needs it.</summary>
    public bool DropsOldInterface { get; init; }

    /// <param name="compilations">The sources as they are.</param>
    /// <param name="kept">Files that stay as they are.</param>
    /// <param name="refused">Findings whose changes are impossible, with the reason; their fallback is taken.</param>
    /// <param name="dropsOldInterface">Whether events lose the old interface.</param>
    public static Facts Collect(
        IReadOnlyDictionary<SourceProject, CSharpCompilation> compilations, HashSet<SourceFile> kept,
        IReadOnlyDictionary<(SourceFile File, TextSpan Span), string> refused, bool dropsOldInterface)
    {
        var facts = new Facts(kept, refused) { DropsOldInterface = dropsOldInterface };
        foreach ((SourceFile file, SemanticModel model) in Models(compilations))
        {
            foreach (TypeDeclarationSyntax declaration in file.Tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
                facts.AddType(file, declaration, model);
        }

        foreach ((SourceFile file, SemanticModel model) in Models(compilations))
        {
            foreach (InvocationExpressionSyntax call in file.Tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>())
                facts.AddCall(file, call, model);
        }

        return facts;
    }

    public static IEnumerable<(SourceFile File, SemanticModel Model)> Models(
        IReadOnlyDictionary<SourceProject, CSharpCompilation> compilations) =>
        compilations.SelectMany(static pair => pair.Key.Files.Select(file => (file, pair.Value.GetSemanticModel(file.Tree))));

    /// <summary>Why the changes of a finding are impossible; null if they are not known to be.</summary>
    public string? RefusalOf(Finding finding) => _refused.GetValueOrDefault(finding.Place);

    /// <summary>The event type that a type of the sources is; null for all others.</summary>
    public OldEventType? Find(ITypeSymbol? type) => type is null ? null : _events.GetValueOrDefault(OldApi.Key(type));

    /// <summary>Why a type of events stays as it is; null if it becomes typed or is so already.</summary>
    public string? ObstacleOf(OldEventType type)
    {
        if (type.IsTyped)
            return null;
        if (type.Obstacle is not null)
            return type.Obstacle;
        if (_kept.Contains(type.File) || type.File.IsContext)
            return "its file stays as it is";
        if (_baseTypes.Contains(OldApi.Key(type.Symbol)))
            return "other types derive from it; events of the new kind do not inherit from each other";
        return _events.Values.Count(other => other.Name == type.Name) > 1 ? $"\"{type.Name}\" is the name of several event types" : null;
    }

    /// <summary>The one typed event of a name.</summary>
    public OldEventType? FindByName(string name) =>
        _events.Values.Where(type => type.Name == name).ToArray() is [var only] && ObstacleOf(only) is null ? only : null;

    private void AddType(SourceFile file, TypeDeclarationSyntax declaration, SemanticModel model)
    {
        if (OldEventType.Read(file, declaration, model) is not { } type)
            return;
        _events.TryAdd(OldApi.Key(type.Symbol), type);
        if (type.Symbol.BaseType is { } baseType)
            _baseTypes.Add(OldApi.Key(baseType));
    }

    private void AddCall(SourceFile file, InvocationExpressionSyntax call, SemanticModel model)
    {
        if (UntypedPublish is not null || NameOf(call) is not { } name || !name.StartsWith("Publish", StringComparison.Ordinal))
            return;
        SymbolInfo info = model.GetSymbolInfo(call);
        ISymbol? method = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        bool isGuess = method is null && call.Expression is MemberAccessExpressionSyntax access && UnboundNames.IsOldCall(access, model);
        if (!isGuess && !OldApi.IsBus(method?.ContainingType))
            return;
        OldEventType? type = call.ArgumentList.Arguments is [var argument, ..] ? Find(model.GetTypeInfo(argument.Expression).Type) : null;
        if (isGuess || type is null || NameOf(call) == "PublishSync" || ObstacleOf(type) is not null
            || _refused.ContainsKey((file, call.Span)))
            UntypedPublish = $"{file.DisplayPath}:{call.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
    }

    private static string? NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier.ValueText,
        _ => null,
    };
}
