using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Engine.Migration.Analysis;
using Engine.Migration.Rewriting;

namespace Engine.Migration.Reporting;

/// <summary>Prints findings for people and for programs.</summary>
internal static class FindingReport
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One line per finding, in the form that editors turn into links, and what to do below it.</summary>
    public static string Text(IEnumerable<Finding> findings)
    {
        var text = new StringBuilder();
        foreach (Finding finding in findings)
        {
            (int line, int column) = finding.Position;
            string guess = finding.IsByNameOnly ? " (by name only)" : "";
            text.Append(
                null, $"{finding.File.DisplayPath}({line},{column}): {finding.Rule.Id} {finding.Rule.Name}{guess}: {finding.Code}\n");
            if (finding.Replacement is not null)
                text.Append(null, $"    -> {finding.Replacement}\n");
            if (finding.ByHand is not null)
                text.Append(null, $"    by hand: {finding.ByHand}\n");
        }

        return text.ToString();
    }

    public static string Json(MigrationPlan plan) => JsonSerializer.Serialize(
        new
        {
            findings = plan.Findings.Select(static finding => new
            {
                file = finding.File.DisplayPath,
                line = finding.Position.Line,
                column = finding.Position.Column,
                rule = finding.Rule.Id,
                what = finding.Rule.Name,
                code = finding.Code,
                replacement = finding.Replacement,
                byHand = finding.ByHand,
                byNameOnly = finding.IsByNameOnly,
            }),
            keptFiles = plan.Kept.Select(static pair => new { file = pair.Key.DisplayPath, reason = pair.Value }),
            unreadFiles = plan.Unread.Select(static unread => new { file = unread.Path, reason = unread.Reason }),
        },
        JsonOptions) + "\n";
}
