using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>Turns a subscription by name with a lambda or a method into one by type.</summary>
internal sealed class SubscribeAnalyzer(SemanticModel model, Facts facts, NewNames names)
{
    private static readonly string[] ContextNames = ["_", "context", "eventContext", "busContext"];

    public (Finding, IReadOnlyList<SyntaxNode>) Analyze(BusUse use)
    {
        InvocationExpressionSyntax call = use.Call!;
        SeparatedSyntaxList<ArgumentSyntax> arguments = call.ArgumentList.Arguments;
        if (ObstacleTo(arguments, out OldEventType? type, out BaseObjectCreationExpressionSyntax? creation) is string obstacle)
            return (use.ThroughAdapter(obstacle), []);
        SeparatedSyntaxList<ArgumentSyntax> made = creation!.ArgumentList!.Arguments;
        string eventName = type!.Symbol.ToMinimalDisplayString(model, call.SpanStart);
        string options = made.Count > 1 ? $", new() {{ Priority = {made[1].Expression} }}" : "";
        ExpressionSyntax handler = made[0].Expression;
        var changes = new List<TextChange> { new(new TextSpan(use.MemberName.Span.End, 0), $"<{eventName}>") };
        string header;
        if (handler is LambdaExpressionSyntax lambda)
        {
            if (LambdaBody.ObstacleOf(lambda, type.Symbol, model) is string inBody)
                return (use.ThroughAdapter(inBody), []);
            header = Header(lambda, eventName);
            changes.Add(new TextChange(TextSpan.FromBounds(arguments[0].SpanStart, lambda.ArrowToken.Span.End), header));
            changes.Add(new TextChange(TextSpan.FromBounds(lambda.Span.End, call.ArgumentList.CloseParenToken.SpanStart), options));
        }
        else
        {
            header = $"(in {eventName} e, {names.At(call.SpanStart, NewNames.Bus, "EventContext")} _) => {handler}(e)";
            changes.Add(
                new TextChange(TextSpan.FromBounds(arguments[0].SpanStart, call.ArgumentList.CloseParenToken.SpanStart), header + options));
        }

        if (HasComment(changes, call))
            return (use.ThroughAdapter("a comment stands where code has to change"), []);
        if (use.IsValueUsed)
            changes.Add(new TextChange(new TextSpan(call.Span.End, 0), ".Id"));
        Finding finding = use.Rewritten(
            $"Subscribe<{eventName}>({header}{(handler is LambdaExpressionSyntax ? " ..." : "")}{options})", changes);
        IReadOnlyList<SyntaxNode> covered = handler is LambdaExpressionSyntax typed ? [.. TypeNamesOf(creation, typed)] : [creation];
        return (finding, covered);
    }

    private string? ObstacleTo(
        SeparatedSyntaxList<ArgumentSyntax> arguments, out OldEventType? type, out BaseObjectCreationExpressionSyntax? creation)
    {
        type = null;
        creation = null;
        if (arguments.Any(static argument => argument.NameColon is not null))
            return "its arguments are named";
        if (arguments.Count > 2 && !arguments[2].Expression.IsKind(SyntaxKind.NullLiteralExpression))
            return "its filter has to become an EventFilter<T>";
        if (model.GetConstantValue(arguments[0].Expression) is not { HasValue: true, Value: string name })
            return "the name is not a constant";
        creation = arguments[1].Expression as BaseObjectCreationExpressionSyntax;
        if (creation is not { Initializer: null } || !OldApi.Is(model.GetTypeInfo(creation).Type, OldApi.SimpleHandler))
            return "its handler is not a lambda, and has to become an IBusHandler<T>";
        if (creation.ArgumentList!.Arguments.Any(static argument => argument.NameColon is not null))
            return "the arguments of its handler are named";
        if (creation.ArgumentList.Arguments[0].Expression is not LambdaExpressionSyntax and var handler && !IsMethodOfThis(handler))
            return "its handler is a delegate that is made elsewhere";
        if (facts.UntypedPublish is string place)
            return $"{place} publishes an event to handlers of the old kind only, and a handler by type would not get it";
        type = facts.FindByName(name);
        return type is null ? $"no event type that these sources make typed has the name \"{name}\"" : null;
    }

    /// <summary>Whether it is a method whose target cannot change between subscribing and calling.</summary>
    private bool IsMethodOfThis(ExpressionSyntax handler) =>
        handler is IdentifierNameSyntax or MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax }
        && model.GetSymbolInfo(handler).Symbol is IMethodSymbol { Parameters.Length: 1 };

    private string Header(LambdaExpressionSyntax lambda, string eventName)
    {
        string parameter = LambdaBody.ParameterOf(lambda)!.Identifier.Text;
        string modifiers = lambda.Modifiers.Count > 0 ? lambda.Modifiers + " " : "";
        string context = ContextNames
            .First(name => name == parameter ? name == "_" : !lambda.Body.DescendantTokens().Any(token => token.ValueText == name));
        return $"{modifiers}(in {eventName} {parameter}, {names.At(lambda.SpanStart, NewNames.Bus, "EventContext")} {context}) =>";
    }

    private static bool HasComment(List<TextChange> changes, InvocationExpressionSyntax call) => call.DescendantTrivia()
        .Any(trivia => !trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia)
            && changes.Any(change => change.Span.Contains(trivia.Span)));

    /// <summary>The names of old types around the lambda, its body left out.</summary>
    private static IEnumerable<SyntaxNode> TypeNamesOf(BaseObjectCreationExpressionSyntax creation, LambdaExpressionSyntax lambda)
    {
        if (creation is ObjectCreationExpressionSyntax { Type: var type })
            yield return type;
        if (LambdaBody.ParameterOf(lambda)?.Type is { } parameterType)
            yield return parameterType;
    }
}
