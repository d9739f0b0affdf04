using Engine.Migration.Analysis;
using Engine.Migration.Loading;

namespace Engine.Migration.Rewriting;

/// <summary>What was found and what would be changed.</summary>
/// <param name="Findings">All uses of the old types, by file and place.</param>
/// <param name="NewTexts">The new text of each file that changes.</param>
/// <param name="Kept">Files that stay as they are although there is something to change, each with the reason.</param>
/// <param name="Unread">What was left out because it cannot be read.</param>
internal sealed record MigrationPlan(
    IReadOnlyList<Finding> Findings,
    IReadOnlyDictionary<SourceFile, string> NewTexts,
    IReadOnlyDictionary<SourceFile, string> Kept,
    IReadOnlyList<Unread> Unread)
{
    /// <summary>Findings that the tool deals with alone.</summary>
    public int RewrittenCount => Findings.Count(static finding => finding.ByHand is null);

    /// <summary>Findings that need their author.</summary>
    public int ByHandCount => Findings.Count - RewrittenCount;
}
