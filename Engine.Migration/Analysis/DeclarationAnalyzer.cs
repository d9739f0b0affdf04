using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>Declarations of events, handlers and filters of the old kind.</summary>
internal sealed class DeclarationAnalyzer(SourceFile file, SemanticModel model, Facts facts, NewNames names)
{
    /// <summary>What stands in the place of an old type, as a hint.</summary>
    public static string? ReplacementOf(string oldType) => oldType switch
    {
        OldApi.Event => "a type T : IEvent<T>",
        "IDomainEventHandler" => "IBusHandler<T>",
        "IDomainEventFilter" => "EventFilter<T> in BusSubscriptionOptions<T>.Filter",
        OldApi.SimpleHandler => "a lambda (in T e, EventContext context) => ...",
        "LegacyEvent" or "TypedDomainEvent" => "a type T : IEvent<T>",
        "AsyncEventBusConfig" => "EventBusOptions",
        "AsyncEventBusStats" => "IEventBus.GetStatistics()",
        _ => null,
    };

    public (Finding, IReadOnlyList<SyntaxNode>)? Analyze(TypeDeclarationSyntax declaration)
    {
        if (model.GetDeclaredSymbol(declaration) is not INamedTypeSymbol symbol)
            return null;
        if (facts.Find(symbol) is { } type && type.Declaration == declaration)
            return AnalyzeEvent(type);
        BaseTypeSyntax? old = declaration.BaseList?.Types.FirstOrDefault(entry =>
            OldApi.TypeOf(model.GetSymbolInfo(entry.Type).Symbol) is { Name: "IDomainEventHandler" or "IDomainEventFilter" });
        if (old is null)
            return null;
        string name = OldApi.TypeOf(model.GetSymbolInfo(old.Type).Symbol)!.Name;
        return (new Finding(file, old.Span, Rule.Handler)
        {
            Replacement = name == "IDomainEventFilter"
                ? "EventFilter<T>: bool Matches(in T @event, in Envelope envelope)"
                : "IBusHandler<T>: void Handle(in T @event, EventContext context)",
            ByHand = "a handler of the new kind is of one event type, which its author knows",
        }, [old]);
    }

    private (Finding, IReadOnlyList<SyntaxNode>)? AnalyzeEvent(OldEventType type)
    {
        if (type.BaseEntry is not { } entry)
        {
            return (new Finding(file, type.Declaration.Identifier.Span, Rule.EventType)
            {
                Replacement = ReplacementOf(OldApi.Event),
                ByHand = facts.ObstacleOf(type) ?? "its base type makes it an event of the old kind",
            }, []);
        }

        var finding = new Finding(file, entry.Span, Rule.EventType);
        if (type.IsTyped)
        {
            return (facts.DropsOldInterface
                ? finding with { Replacement = "(nothing)", Changes = [RemovalOf(entry)] }
                : finding with { Replacement = "(nothing)", ByHand = "old code may still need the interface" }, [entry]);
        }

        if (facts.ObstacleOf(type) is string obstacle)
            return (finding with { Replacement = $"IEvent<{type.Symbol.Name}>", ByHand = obstacle }, [entry]);
        string contract = $"{names.At(entry.SpanStart, NewNames.Events, "IEvent")}<{SelfNameOf(type)}>";
        string descriptor =
            $"public static {names.At(entry.SpanStart, NewNames.Events, "EventDescriptor")} Descriptor {{ get; }} = " +
            $"new({SymbolDisplay.FormatLiteral(type.Name!, quote: true)});";
        TextChange inBase = facts.DropsOldInterface
            ? new TextChange(entry.Span, contract)
            : new TextChange(new TextSpan(entry.Span.End, 0), ", " + contract);
        return (finding with
        {
            Replacement = $"{contract} with {descriptor}",
            Changes = [inBase, InsertionOf(descriptor, type.Declaration)],
            ByHand = facts.DropsOldInterface ? null : "the old interface stays beside the new one until no old code is left",
        }, [entry]);
    }

    private static string SelfNameOf(OldEventType type) => type.Declaration.Identifier.Text;

    private static TextChange RemovalOf(BaseTypeSyntax entry)
    {
        var list = (BaseListSyntax)entry.Parent!;
        int index = list.Types.IndexOf(entry);
        return index > 0
            ? new TextChange(TextSpan.FromBounds(list.Types[index - 1].Span.End, entry.Span.End), "")
            : new TextChange(TextSpan.FromBounds(entry.SpanStart, list.Types[1].SpanStart), "");
    }

    /// <summary>The descriptor as the first member, laid out as the one that was the first.</summary>
    private TextChange InsertionOf(string member, TypeDeclarationSyntax declaration)
    {
        SourceText text = file.Tree.GetText();
        int afterBrace = declaration.OpenBraceToken.Span.End;
        SyntaxToken next = declaration.OpenBraceToken.GetNextToken();
        TextLine line = text.Lines.GetLineFromPosition(next.SpanStart);
        if (line.LineNumber == text.Lines.GetLineFromPosition(afterBrace).LineNumber)
            return new TextChange(new TextSpan(afterBrace, 0), " " + member);
        string indent = text.ToString(TextSpan.FromBounds(line.Start, next.SpanStart));
        if (!string.IsNullOrWhiteSpace(indent))
            indent = "    ";
        return new TextChange(new TextSpan(afterBrace, 0), file.LineBreak + indent + member + file.LineBreak);
    }
}
