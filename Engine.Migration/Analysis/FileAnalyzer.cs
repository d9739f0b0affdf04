using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>Finds the uses of the old types in one file, and says for each what should stand there.</summary>
internal sealed class FileAnalyzer
{
    private readonly SourceFile _file;
    private readonly SemanticModel _model;
    private readonly CompilationUnitSyntax _root;
    private readonly NewNames _names;
    private readonly bool _hasGlobalImport;
    private readonly CallAnalyzer _calls;
    private readonly DeclarationAnalyzer _declarations;
    private readonly Facts _facts;
    private readonly List<Finding> _findings = [];

    /// <summary>Names that a larger finding stands for.</summary>
    private readonly HashSet<SyntaxNode> _covered = [];

    private FileAnalyzer(SourceFile file, SemanticModel model, Facts facts, bool hasGlobalImport)
    {
        _file = file;
        _model = model;
        _facts = facts;
        _hasGlobalImport = hasGlobalImport;
        _root = file.Tree.GetCompilationUnitRoot();
        _names = new NewNames(model, Imports().FirstOrDefault(static import => import.GlobalKeyword == default), hasGlobalImport);
        _calls = new CallAnalyzer(file, model, facts, _names);
        _declarations = new DeclarationAnalyzer(file, model, facts, _names);
    }

    /// <param name="file">The file.</param>
    /// <param name="model">Its semantic model.</param>
    /// <param name="facts">What is known of all files.</param>
    /// <param name="hasGlobalImport">Whether a global using directive that this run rewrites imports the old types.</param>
    public static IReadOnlyList<Finding> Analyze(SourceFile file, SemanticModel model, Facts facts, bool hasGlobalImport) =>
        new FileAnalyzer(file, model, facts, hasGlobalImport).Run();

    private IReadOnlyList<Finding> Run()
    {
        foreach (TypeDeclarationSyntax type in _root.DescendantNodes().OfType<TypeDeclarationSyntax>())
            Add(_declarations.Analyze(type));
        foreach (SimpleNameSyntax name in Names().Where(IsMember))
            Add(_calls.Analyze(name));
        foreach (BaseObjectCreationExpressionSyntax creation in _root.DescendantNodes().OfType<BaseObjectCreationExpressionSyntax>())
            Add(_calls.AnalyzeConstruction(creation));
        foreach (SimpleNameSyntax name in Names().Where(name => OldApi.TypeNames.Contains(name.Identifier.ValueText) && !IsCovered(name)))
            AddTypeName(name);
        SettleConflicts();
        foreach (UsingDirectiveSyntax import in Imports().ToArray())
            AddImport(import);
        return [.. _findings.OrderBy(static finding => finding.Span.Start)];
    }

    private void SettleConflicts()
    {
        while (Changes.FindConflict(_findings) is { } outer)
        {
            _findings[_findings.IndexOf(outer)] = outer.Fallback is not null
                ? outer with { Changes = [], HasConflict = true }
                : outer with { Changes = [], BlocksFile = true, ByHand = "code inside it has to change too" };
        }
    }

    private IEnumerable<SimpleNameSyntax> Names() => _root.DescendantNodes(descendIntoTrivia: true).OfType<SimpleNameSyntax>();

    private IEnumerable<UsingDirectiveSyntax> Imports() => _root
        .DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        .OfType<UsingDirectiveSyntax>()
        .Where(OldApi.IsImport);

    private static bool IsMember(SimpleNameSyntax name) =>
        (name.Parent is MemberAccessExpressionSyntax access && access.Name == name) || name.Parent is MemberBindingExpressionSyntax;

    private void Add((Finding Finding, IReadOnlyList<SyntaxNode> Covered)? found)
    {
        if (found is not { } pair || _covered.Contains(_root.FindNode(pair.Finding.Span)))
            return;
        _findings.Add(pair.Finding.Fallback is { } fallback && _facts.RefusalOf(pair.Finding) is { } reason
            ? fallback with { ByHand = reason } : pair.Finding);
        _covered.UnionWith(pair.Covered);
    }

    private bool IsCovered(SyntaxNode node) => node.AncestorsAndSelf().Any(_covered.Contains);

    private void AddTypeName(SimpleNameSyntax name)
    {
        if (_model.GetAliasInfo(name) is not null)
            return;
        INamedTypeSymbol? type = OldApi.TypeOf(_model.GetSymbolInfo(name).Symbol);
        // The outermost name that still means the type: with its namespace, if that is written.
        SyntaxNode node = name.Parent is QualifiedNameSyntax qualified && qualified.Right == name ? qualified
            : name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name;
        if (type is null)
        {
            if (UnboundNames.IsOldType(name, _model))
            {
                _findings.Add(new Finding(_file, node.Span, RuleOf(name.Identifier.ValueText))
                {
                    IsByNameOnly = true,
                    BlocksFile = true,
                    ByHand = "the name does not bind to one type, because a reference is missing or the name is ambiguous",
                });
            }

            return;
        }

        _findings.Add(OldApi.IsBus(type) ? BusType(node) : OtherType(node, type));
    }

    private Finding BusType(SyntaxNode node)
    {
        var finding = new Finding(_file, node.Span, Rule.BusType);
        if (node.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }
            && call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" })
        {
            return finding with { ByHand = "nameof gives a string that other code may know" };
        }

        if (node.FirstAncestorOrSelf<QualifiedCrefSyntax>() is not null)
            return finding with { ByHand = "a comment names a member of the old bus" };
        string name = _names.At(node.SpanStart, NewNames.Bus, "EventBus");
        return finding with { Replacement = name, Changes = [new TextChange(node.Span, name)] };
    }

    private Finding OtherType(SyntaxNode node, INamedTypeSymbol type) => new(_file, node.Span, RuleOf(type.Name))
    {
        Replacement = DeclarationAnalyzer.ReplacementOf(type.Name),
        ByHand = "what it becomes depends on how it is used",
    };

    private static Rule RuleOf(string name) => name switch
    {
        OldApi.DomainBus or OldApi.AsyncBus => Rule.BusType,
        OldApi.Event => Rule.EventType,
        OldApi.SimpleHandler or "IDomainEventHandler" or "IDomainEventFilter" => Rule.Handler,
        _ => Rule.Other,
    };

    private void AddImport(UsingDirectiveSyntax import)
    {
        bool isGlobal = import.GlobalKeyword != default;
        string keyword = isGlobal ? "global using" : "using";
        IEnumerable<string> needed = isGlobal
            ? (_hasGlobalImport ? [NewNames.Bus, NewNames.Events] : []) : import == _names.Import ? _names.Needed : [];
        needed = needed.Where(name => !IsImported(name, isGlobal));
        string[] lines = [.. needed.Select(name => $"{keyword} {name};")];
        bool isKept = isGlobal ? !_facts.DropsOldInterface : IsOldNameLeft();
        var finding = new Finding(_file, import.Span, Rule.Using)
        {
            Replacement = lines.Length > 0 ? string.Join(" ", lines) : "(nothing)",
        };
        if (isKept)
            finding =
                finding with { Replacement = string.Join(" ", [.. lines, import.ToString()]), ByHand = "old types are still used here" };
        _findings.Add(finding with { Changes = ImportChanges(import, lines, isKept) });
    }

    private List<TextChange> ImportChanges(UsingDirectiveSyntax import, string[] lines, bool isKept)
    {
        SourceText text = _file.Tree.GetText();
        string indent = text.ToString(TextSpan.FromBounds(text.Lines.GetLineFromPosition(import.SpanStart).Start, import.SpanStart));
        if (!string.IsNullOrWhiteSpace(indent))
            indent = "";
        string block = string.Join(_file.LineBreak + indent, lines);
        if (isKept)
            return lines.Length == 0 ? [] : [new TextChange(new TextSpan(import.SpanStart, 0), block + _file.LineBreak + indent)];
        if (lines.Length > 0)
            return [new TextChange(import.Span, block)];
        // Nothing takes its place: the whole line goes, unless something else stands on it.
        TextLine line = text.Lines.GetLineFromPosition(import.SpanStart);
        bool isAlone = string.IsNullOrWhiteSpace(text.ToString(TextSpan.FromBounds(line.Start, import.SpanStart)))
            && string.IsNullOrWhiteSpace(text.ToString(TextSpan.FromBounds(import.Span.End, Math.Max(import.Span.End, line.End))));
        return [new TextChange(isAlone ? line.SpanIncludingLineBreak : import.Span, "")];
    }

    private bool IsImported(string name, bool isGlobal) => _root
        .DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
        .OfType<UsingDirectiveSyntax>()
        .Any(directive => directive.Alias is null
            && directive.NamespaceOrType.ToString() == name && (directive.GlobalKeyword != default) == isGlobal);

    /// <summary>Whether a name of an old type stands in the file once all other changes are made.</summary>
    private bool IsOldNameLeft()
    {
        SyntaxTree after = _file.Parse(Changes.Apply(_file.Text, _findings.SelectMany(static finding => finding.Changes)));
        return after.GetRoot().DescendantTokens(descendIntoTrivia: true)
            .Any(static token => token.IsKind(SyntaxKind.IdentifierToken) && OldApi.TypeNames.Contains(token.ValueText));
    }
}
