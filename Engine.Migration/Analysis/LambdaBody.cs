using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Migration.Analysis;

/// <summary>Whether the body of a handler means the same when its parameter is the typed event, passed by <c>in</c>.</summary>
internal static class LambdaBody
{
    public static ParameterSyntax? ParameterOf(LambdaExpressionSyntax lambda) => lambda switch
    {
        SimpleLambdaExpressionSyntax simple => simple.Parameter,
        ParenthesizedLambdaExpressionSyntax { ParameterList.Parameters: [var only] } => only,
        _ => null,
    };

    /// <summary>What would change its meaning; null if nothing does.</summary>
    public static string? ObstacleOf(LambdaExpressionSyntax lambda, INamedTypeSymbol eventType, SemanticModel model)
    {
        if (lambda.AsyncKeyword != default)
            return "its handler is async void; let it return a task";
        if (ParameterOf(lambda) is not { } parameter
            || lambda.AttributeLists.Count > 0 || lambda is ParenthesizedLambdaExpressionSyntax { ReturnType: not null })
            return "its handler is not a plain lambda";
        string name = parameter.Identifier.ValueText;
        IEnumerable<IdentifierNameSyntax> uses = lambda.Body.DescendantNodesAndSelf()
            .OfType<IdentifierNameSyntax>().Where(use => use.Identifier.ValueText == name
            && !(use.Parent is MemberAccessExpressionSyntax access && access.Name == use));
        return uses.Select(use => ObstacleOf(use, lambda, name, eventType, model)).FirstOrDefault(static obstacle => obstacle is not null);
    }

    private static string? ObstacleOf(
        IdentifierNameSyntax use, LambdaExpressionSyntax lambda, string name, INamedTypeSymbol eventType, SemanticModel model)
    {
        if (name == "_")
            return "its handler uses a parameter that is called '_'";
        bool isCaptured = use.Ancestors().TakeWhile(node => node != lambda)
            .Any(static node => node is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or QueryExpressionSyntax);
        if (isCaptured)
            return "a function inside its handler uses the event, which a parameter passed by 'in' does not allow";
        ExpressionSyntax expression = use;
        while (expression.Parent is ParenthesizedExpressionSyntax parenthesized)
            expression = parenthesized;
        switch (expression.Parent)
        {
            case AssignmentExpressionSyntax assignment when assignment.Left == expression:
                return "its handler assigns to the event";
            case CastExpressionSyntax cast:
                return CheckType(cast.Type, eventType, model);
            case BinaryExpressionSyntax { Right: TypeSyntax type } binary
                when binary.Kind() is SyntaxKind.IsExpression or SyntaxKind.AsExpression:
                return CheckType(type, eventType, model);
            case IsPatternExpressionSyntax { Pattern: DeclarationPatternSyntax { Type: var type } }:
                return CheckType(type, eventType, model);
            case IsPatternExpressionSyntax or SwitchStatementSyntax or SwitchExpressionSyntax:
                return "its handler tells events apart by a pattern";
            case ArgumentSyntax { RefKindKeyword.RawKind: not 0 }:
                return "its handler passes the event by reference";
            case ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }:
                return CheckCall(call, model);
            default:
                return null;
        }
    }

    private static string? CheckType(TypeSyntax type, INamedTypeSymbol eventType, SemanticModel model)
    {
        ITypeSymbol? target = model.GetTypeInfo(type).Type ?? model.GetSymbolInfo(type).Symbol as ITypeSymbol;
        bool isSame = target is not null && (target.TypeKind == TypeKind.Interface || OldApi.Key(target) == OldApi.Key(eventType));
        return isSame ? null : $"its handler takes the event for a {type}, which {eventType.Name} is not";
    }

    // A more exact argument type may choose another overload. Those of other assemblies do not know the event's type.
    private static string? CheckCall(InvocationExpressionSyntax call, SemanticModel model)
    {
        ISymbol? method = model.GetSymbolInfo(call).Symbol;
        if (method is null || method.DeclaringSyntaxReferences.IsEmpty)
            return null;
        bool isAlone = model.GetMemberGroup(call.Expression).Length == 1 && method is IMethodSymbol { IsGenericMethod: false };
        return isAlone ? null : $"its handler gives the event to {method.Name}, which may be another one for the typed event";
    }
}
