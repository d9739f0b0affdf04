using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>
/// Calls of the old buses. A call that has no equal in the new API goes through an adapter made for it over the same bus,
/// <c>new DomainEventBus(bus).Subscribe(...)</c>, so that one such call does not hold back all the others.
/// </summary>
internal sealed class CallAnalyzer(SourceFile file, SemanticModel model, Facts facts, NewNames names)
{
    // An asynchronous bus of the old kind without a configuration tries three times again.
    private const int OldAttempts = 4;

    private readonly SubscribeAnalyzer _subscribe = new(model, facts, names);

    public (Finding, IReadOnlyList<SyntaxNode>)? Analyze(SimpleNameSyntax name)
    {
        SymbolInfo info = model.GetSymbolInfo(name);
        ISymbol? member = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        if (member is null or INamedTypeSymbol || !OldApi.IsBus(member.ContainingType))
            return name.Parent is MemberAccessExpressionSyntax unbound && UnboundNames.IsOldCall(unbound, model) ? (Guess(name), []) : null;
        var call = name.Parent!.Parent as InvocationExpressionSyntax;
        var finding = new Finding(file, (call ?? (SyntaxNode)name.Parent).Span, RuleOf(member.Name));
        var use = new BusUse(file, model, finding, member, name, (name.Parent as MemberAccessExpressionSyntax)?.Expression, call);
        if (info.Symbol is null)
            return (use.Blocked("it does not compile"), []);
        if (use.IsAdapterMadeForIt)
            return (finding with { ByHand = "it goes through an adapter, because it has no equal in the new API" }, [use.Receiver!]);
        if (call is null && member is IMethodSymbol)
            return (use.Blocked("it is not called but handed on"), []);
        return member.Name switch
        {
            "Publish" or "PublishAsync" => (Publish(use), []),
            "Subscribe" => _subscribe.Analyze(use),
            "Unsubscribe" => (Unsubscribe(use), []),
            "UnsubscribeById" => (use.Rewritten($"Unsubscribe{use.Call!.ArgumentList}", [new TextChange(name.Span, "Unsubscribe")]), []),
            "Start" or "StopAsync" => (use.Rewritten($"{use.Name}{call!.ArgumentList}", []), []),
            "Bus" when use.Receiver is not null => (
                use.Rewritten(use.Receiver.ToString(), [new TextChange(TextSpan.FromBounds(use.Receiver.Span.End, name.Span.End), "")]),
                []),
            _ => (use.ThroughAdapter("it has no equal in the new API"), []),
        };
    }

    public (Finding, IReadOnlyList<SyntaxNode>)? AnalyzeConstruction(BaseObjectCreationExpressionSyntax creation)
    {
        if (OldApi.TypeOf(model.GetSymbolInfo(creation).Symbol) is not { } type || !OldApi.IsBus(type))
            return null;
        var finding = new Finding(file, creation.Span, Rule.Construction);
        TypeSyntax? written = (creation as ObjectCreationExpressionSyntax)?.Type;
        IReadOnlyList<SyntaxNode> covered = written is null ? [] : [written];
        if (creation.ArgumentList is { Arguments: [{ Expression: var bus }, ..] arguments })
        {
            bool isBus = model.GetTypeInfo(bus).Type is { Name: "EventBus" } own
                && own.ContainingNamespace.ToDisplayString() == NewNames.Bus;
            if (!isBus || arguments.Count > 1)
                return (finding with
                {
                    BlocksFile = true,
                    ByHand = "what it is made with has to be given to the new bus, or the bus used as it is"
                }, covered);
            string text = bus is IdentifierNameSyntax or MemberAccessExpressionSyntax ? bus.ToString() : $"({bus})";
            return (finding with { Replacement = text, Changes = [new TextChange(creation.Span, text)] }, covered);
        }

        string name = names.At(creation.SpanStart, NewNames.Bus, "EventBus");
        string options = type.Name == OldApi.AsyncBus
            ? $"options: new {names.At(creation.SpanStart, NewNames.Bus, "EventBusOptions")} {{ DefaultMode = " +
                $"{names.At(creation.SpanStart, NewNames.Bus, "ProcessingMode")}.Async, Retry = new() {{ MaxAttempts = {OldAttempts} }} }}"
            : "";
        var changes = new List<TextChange>();
        if (written is not null)
            changes.Add(new TextChange(written.Span, name));
        if (options.Length > 0)
            changes.Add(creation.ArgumentList is { } list ? new TextChange(TextSpan.FromBounds(list.OpenParenToken.Span.End,
                list.CloseParenToken.SpanStart), options) : new TextChange(new TextSpan(creation.Span.End, 0), $"({options})"));
        return (finding with { Replacement = $"new {name}({options})", Changes = changes }, covered);
    }

    private Finding Guess(SimpleNameSyntax name) => new(file, name.Parent!.Parent!.Span, RuleOf(name.Identifier.ValueText))
    {
        IsByNameOnly = true,
        BlocksFile = true,
        ByHand = "what it is called on does not bind to a type, because a reference is missing",
    };

    private Finding Publish(BusUse use)
    {
        if (use.Call!.ArgumentList.Arguments is not [var argument, ..]
            || (argument.NameColon is not null && argument.NameColon.Name.Identifier.ValueText != "event"))
            return use.Blocked("its arguments are not in the usual order");
        ITypeSymbol? type = model.GetTypeInfo(argument.Expression).Type;
        if (facts.Find(type) is { } known && facts.ObstacleOf(known) is null)
        {
            // The new method has the ids of the event between the event and the token.
            return use.Call.ArgumentList.Arguments is [_, { NameColon: null } token]
                ? use.Rewritten($"{use.Name}({argument}, cancellationToken: {token})",
                    [new TextChange(new TextSpan(token.SpanStart, 0), "cancellationToken: ")])
                : use.Rewritten($"{use.Name}{use.Call.ArgumentList}", []);
        }

        if (type is null
            || !OldApi.IsOld(type) && facts.Find(type) is null && !type.AllInterfaces.Any(static i => OldApi.Is(i, OldApi.Event)))
            return use.Blocked("the type of the event is not known");
        string reason = facts.Find(type) is { } old
            ? $"{old.Symbol.Name} does not become a typed event: {facts.ObstacleOf(old)}"
            : "the event's type is known at run time only";
        return use.ThroughAdapter(reason);
    }

    private static Finding Unsubscribe(BusUse use)
    {
        if (use.Call!.ArgumentList.Arguments is not [{ NameColon: null } name, { NameColon: null } id])
            return use.ThroughAdapter("its arguments are named");
        if (!use.IsConstant(name.Expression))
            return use.ThroughAdapter("the name is computed, and may have to be");
        return use.Rewritten($"Unsubscribe({id})", [new TextChange(TextSpan.FromBounds(name.SpanStart, id.SpanStart), "")]);
    }

    private static Rule RuleOf(string member) => member switch
    {
        "Publish" or "PublishAsync" or "PublishSync" => Rule.Publish,
        "Subscribe" => Rule.Subscribe,
        "Unsubscribe" or "UnsubscribeById" => Rule.Unsubscribe,
        _ => Rule.Member,
    };
}
