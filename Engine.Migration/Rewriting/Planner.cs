using Engine.Migration.Analysis;
using Engine.Migration.Loading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Rewriting;

/// <summary>
/// Decides which files change. Types flow between files, so the changes are compiled together; a call that makes an error goes
/// through an adapter instead, a file in which there is another error stays as it is, and so do those it hangs together with,
/// until what is left compiles as well as before.
/// </summary>
internal sealed class Planner
{
    /// <summary>Why a file is kept that may not be written.</summary>
    public const string Unwritable = "it cannot be written";

    private readonly SourceSet _sources;
    private readonly IReadOnlyDictionary<SourceProject, CSharpCompilation> _before;
    private readonly Dictionary<SourceFile, string> _kept = [];
    private readonly Dictionary<(SourceFile File, TextSpan Span), string> _refused = [];
    private readonly Dictionary<string, int> _errorsBefore;

    private Planner(SourceSet sources)
    {
        _sources = sources;
        _before = Compiler.Compile(sources, static file => file.Tree);
        _errorsBefore = CountErrors(_before);
    }

    public static MigrationPlan Make(SourceSet sources) => new Planner(sources).Run();

    private MigrationPlan Run()
    {
        foreach (SourceFile file in _sources.Files.Where(static file => file.HasSyntaxErrors))
            _kept[file] = "it has syntax errors";
        foreach (SourceFile file in _sources.Files.Where(file => !_kept.ContainsKey(file) && !FileReplacer.CanReplace(file.Path)))
            _kept[file] = Unwritable;

        // The old interface only goes if that leaves no old code at all; so that is tried first.
        bool dropsOldInterface = true;
        while (true)
        {
            List<Finding> findings = Find(dropsOldInterface);
            if (findings.Find(static finding => finding.HasConflict) is { } conflict && _refused.TryAdd(
                conflict.Place, "code inside it has to change too"))
                continue;
            bool isAllDone = findings.All(finding => finding.ByHand is null && !_kept.ContainsKey(finding.File));
            if (dropsOldInterface && !isAllDone)
            {
                dropsOldInterface = false;
                continue;
            }

            Finding? blocking = findings.FirstOrDefault(finding => finding.BlocksFile && !_kept.ContainsKey(finding.File));
            if (blocking is not null)
            {
                _kept[blocking.File] = $"of line {blocking.Position.Line}: {blocking.ByHand}";
                continue;
            }

            Dictionary<SourceFile, string> texts = Apply(findings);
            if (IsSound(texts, findings))
                return new MigrationPlan([.. findings.Select(Explain)], texts, KeptWith(findings), [.. _sources.Unread]);
        }
    }

    private List<Finding> Find(bool dropsOldInterface)
    {
        Facts facts = Facts.Collect(_before, [.. _kept.Keys], _refused, dropsOldInterface);
        var findings = new List<Finding>();
        foreach ((SourceProject project, CSharpCompilation compilation) in _before)
        {
            bool hasGlobalImport = project.Files.Any(file => !file.IsContext && !_kept.ContainsKey(file) && HasGlobalImport(file));
            foreach (SourceFile file in project.Files.Where(static file => !file.IsContext))
                findings.AddRange(FileAnalyzer.Analyze(file, compilation.GetSemanticModel(file.Tree), facts, hasGlobalImport));
        }

        return findings;
    }

    private static bool HasGlobalImport(SourceFile file) => file.Tree.GetCompilationUnitRoot().Usings
        .Any(static directive => directive.GlobalKeyword != default && OldApi.IsImport(directive));

    private Dictionary<SourceFile, string> Apply(List<Finding> findings) => findings
        .Where(finding => finding.Changes.Count > 0 && !_kept.ContainsKey(finding.File))
        .GroupBy(static finding => finding.File)
        .Select(static group => (File: group.Key, Text: Changes.Apply(group.Key.Text, group.SelectMany(static finding => finding.Changes))))
        .Where(static pair => pair.Text != pair.File.Text)
        .ToDictionary(static pair => pair.File, static pair => pair.Text);

    /// <summary>Whether the changes add no error. Where they do, gives up the changes or keeps the files that are to blame.</summary>
    private bool IsSound(Dictionary<SourceFile, string> texts, List<Finding> findings)
    {
        if (texts.Count == 0)
            return true;
        Dictionary<string, SourceFile> byPath = texts.Keys.ToDictionary(static file => file.Path);
        IReadOnlyDictionary<SourceProject, CSharpCompilation> after =
            Compiler.Compile(_sources, file => texts.TryGetValue(file, out string? text) ? file.Parse(text) : file.Tree);
        var seen = new Dictionary<string, int>();
        bool isSound = true;
        foreach (CSharpCompilation compilation in after.Values)
        {
            foreach (Diagnostic error in Errors(compilation))
            {
                string key = KeyOf(error);
                int count = seen[key] = seen.GetValueOrDefault(key) + 1;
                if (count <= _errorsBefore.GetValueOrDefault(key))
                    continue;
                isSound = false;
                string reason = $"with the changes it would not compile: {error.GetMessage()}";
                if (ChangeBehind(error, byPath, findings) is { } change)
                {
                    _refused.TryAdd(change.Place, reason);
                    continue;
                }

                foreach (SourceFile file in Culprits(error, compilation, byPath))
                    _kept.TryAdd(file, reason);
            }
        }

        return isSound;
    }

    /// <summary>The finding whose changes an error is in, if there is another way to deal with it.</summary>
    private static Finding? ChangeBehind(Diagnostic error, Dictionary<string, SourceFile> changed, List<Finding> findings)
    {
        if (error.Location.SourceTree is not { } tree || !changed.TryGetValue(tree.FilePath, out SourceFile? file))
            return null;
        Finding[] own = [.. findings.Where(finding => finding.File == file)];
        int position = Changes.PositionBefore(own.SelectMany(static finding => finding.Changes), error.Location.SourceSpan.Start);
        return own.Where(finding => finding.Fallback is not null && finding.Span.IntersectsWith(position))
            .MinBy(static finding => finding.Span.Length);
    }

    /// <summary>The changed files behind an error: the one it is in, else those that declare what it is about, else all.</summary>
    private static IEnumerable<SourceFile> Culprits(Diagnostic error, CSharpCompilation compilation, Dictionary<string, SourceFile> changed)
    {
        if (error.Location.SourceTree is not { } tree)
            return changed.Values;
        if (changed.TryGetValue(tree.FilePath, out SourceFile? own))
            return [own];
        SyntaxNode place = tree.GetRoot().FindNode(error.Location.SourceSpan);
        SyntaxNode around = place.FirstAncestorOrSelf<StatementSyntax>()
            ?? (SyntaxNode?)place.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? place;
        SemanticModel model = compilation.GetSemanticModel(tree);
        SourceFile[] declaring = [.. around.DescendantNodesAndSelf()
            .SelectMany(
                node => model.GetSymbolInfo(node) is var info && info.Symbol is { } symbol ? [symbol] : info.CandidateSymbols.ToArray())
            .SelectMany(static symbol => symbol.DeclaringSyntaxReferences)
            .Select(reference => changed.GetValueOrDefault(reference.SyntaxTree.FilePath))
            .OfType<SourceFile>()];
        return declaring.Length > 0 ? declaring : changed.Values;
    }

    private static Dictionary<string, int> CountErrors(IReadOnlyDictionary<SourceProject, CSharpCompilation> compilations) =>
        compilations.Values
        .SelectMany(Errors)
        .CountBy(KeyOf)
        .ToDictionary();

    private static IEnumerable<Diagnostic> Errors(CSharpCompilation compilation) =>
        compilation.GetDiagnostics().Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    private static string KeyOf(Diagnostic error) => $"{error.Location.SourceTree?.FilePath}|{error.Id}|{error.GetMessage()}";

    private Finding Explain(Finding finding) => _kept.TryGetValue(finding.File, out string? reason) && !finding.BlocksFile
        ? finding with { Changes = [], ByHand = $"its file stays as it is: {reason}" }
        : finding;

    /// <summary>The kept files that something was found in, and those that could not be read well.</summary>
    private Dictionary<SourceFile, string> KeptWith(List<Finding> findings) => _kept
        .Where(pair => pair.Key.HasSyntaxErrors || findings.Any(finding => finding.File == pair.Key))
        .ToDictionary();
}
