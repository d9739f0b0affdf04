using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>A use of a member of an old bus, and the ways to deal with it.</summary>
/// <param name="File">The file.</param>
/// <param name="Model">Its semantic model.</param>
/// <param name="Finding">The finding, still empty.</param>
/// <param name="Member">The member.</param>
/// <param name="MemberName">Its name in the text.</param>
/// <param name="Receiver">What it is used on; null behind <c>?.</c>.</param>
/// <param name="Call">The call; null where it is not called.</param>
internal sealed record BusUse(
    SourceFile File, SemanticModel Model, Finding Finding, ISymbol Member, SimpleNameSyntax MemberName, ExpressionSyntax? Receiver,
    InvocationExpressionSyntax? Call)
{
    public string Name => MemberName.Identifier.ValueText;

    /// <summary>Whether an adapter over a bus was made for this one use.</summary>
    public bool IsAdapterMadeForIt =>
        Receiver is ObjectCreationExpressionSyntax { ArgumentList.Arguments.Count: > 0 } creation
            && OldApi.IsBus(Model.GetTypeInfo(creation).Type);

    /// <summary>Whether the value of the call goes anywhere.</summary>
    public bool IsValueUsed
    {
        get
        {
            SyntaxNode call = Call!;
            while (call.Parent is ConditionalAccessExpressionSyntax or ParenthesizedExpressionSyntax)
                call = call.Parent;
            return call.Parent switch
            {
                ExpressionStatementSyntax => false,
                ArrowExpressionClauseSyntax { Parent: { } owner } =>
                    Model.GetDeclaredSymbol(owner) is not IMethodSymbol { ReturnsVoid: true },
                LambdaExpressionSyntax lambda => !(Model.GetSymbolInfo(lambda).Symbol is IMethodSymbol { ReturnsVoid: true }),
                _ => true,
            };
        }
    }

    public bool IsConstant(ExpressionSyntax expression) => Model.GetConstantValue(expression) is { HasValue: true };

    public Finding Rewritten(string replacement, IReadOnlyList<TextChange> changes) => Finding with
    {
        Replacement = Receiver is null || replacement == Receiver.ToString() ? replacement : $"{Receiver}.{replacement}",
        Changes = changes,
        Fallback = Receiver is null ? null : ThroughAdapter(""),
    };

    public Finding Blocked(string reason) => Finding with { BlocksFile = true, ByHand = reason };

    /// <summary>Makes the use one of an adapter over the new bus.</summary>
    public Finding ThroughAdapter(string reason)
    {
        if (Receiver is null)
            return Blocked(reason + ", and behind '?.' it cannot go through an adapter");
        string adapter = Member.ContainingType.ToMinimalDisplayString(Model, Receiver.SpanStart);
        return Finding with
        {
            Replacement = $"new {adapter}({Receiver}).{Name}" + (Call is null ? "" : "(...)"),
            Changes = [
                new TextChange(new TextSpan(Receiver.SpanStart, 0), $"new {adapter}("),
                new TextChange(new TextSpan(Receiver.Span.End, 0), ")")],
            ByHand = reason,
        };
    }
}
