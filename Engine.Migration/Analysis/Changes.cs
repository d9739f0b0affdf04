using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>Applies text changes.</summary>
internal static class Changes
{
    /// <summary>Where several begin at one place, insertions come first, in the order given.</summary>
    public static IEnumerable<TextChange> Sort(IEnumerable<TextChange> changes) =>
        changes.OrderBy(static change => change.Span.Start).ThenBy(static change => change.Span.Length);

    public static string Apply(string text, IEnumerable<TextChange> changes) =>
        SourceText.From(text).WithChanges(Sort(changes)).ToString();
}
