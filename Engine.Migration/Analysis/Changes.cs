using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>Applies text changes.</summary>
internal static class Changes
{
    /// <summary>Where several begin at one place, insertions come first, in the order given.</summary>
    public static IEnumerable<TextChange> Sort(IEnumerable<TextChange> changes) =>
        changes.OrderBy(static change => change.Span.Start).ThenBy(static change => change.Span.Length);

    /// <summary>A finding that replaces code in which another one changes something; null if there is none.</summary>
    public static Finding? FindConflict(IEnumerable<Finding> findings)
    {
        (TextSpan Span, Finding Finding)[] sorted = [
            .. findings.SelectMany(static finding => finding.Changes.Select(change => (change.Span, finding)))
            .OrderBy(static pair => pair.Span.Start).ThenBy(static pair => pair.Span.Length)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Span.Start < sorted[i - 1].Span.End && sorted[i].Finding != sorted[i - 1].Finding)
                return sorted[i].Finding.Span.Length > sorted[i - 1].Finding.Span.Length ? sorted[i].Finding : sorted[i - 1].Finding;
        }

        return null;
    }

    /// <summary>Where a place of the changed text was before; within what was changed, its beginning.</summary>
    public static int PositionBefore(IEnumerable<TextChange> changes, int position)
    {
        int shift = 0;
        foreach (TextChange change in Sort(changes))
        {
            int start = change.Span.Start + shift;
            if (position < start)
                break;
            int length = change.NewText!.Length;
            if (position < start + length)
                return change.Span.Start;
            shift += length - change.Span.Length;
        }

        return position - shift;
    }

    public static string Apply(string text, IEnumerable<TextChange> changes) =>
        SourceText.From(text).WithChanges(Sort(changes)).ToString();
}
