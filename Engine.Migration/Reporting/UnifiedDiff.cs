using System.Text;
using DiffPlex;

namespace Engine.Migration.Reporting;

/// <summary>The difference of two texts in the form that <c>patch</c> and <c>git apply</c> take.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    public static string Make(string path, string before, string after)
    {
        string[] old = Lines(before);
        string[] now = Lines(after);
        List<Change> changes = [.. FindChanges(before, after)];
        var text = new StringBuilder($"--- a/{path}\n+++ b/{path}\n");
        for (int first = 0; first < changes.Count;)
        {
            int last = first;
            while (last + 1 < changes.Count && changes[last + 1].OldStart - changes[last].OldEnd <= 2 * Context)
                last++;
            AppendHunk(text, old, now, changes[first..(last + 1)]);
            first = last + 1;
        }

        return text.ToString();
    }

    private static void AppendHunk(StringBuilder text, string[] old, string[] now, List<Change> changes)
    {
        int oldStart = Math.Max(0, changes[0].OldStart - Context);
        int newStart = changes[0].NewStart - (changes[0].OldStart - oldStart);
        int oldEnd = Math.Min(old.Length, changes[^1].OldEnd + Context);
        int newEnd = changes[^1].NewEnd + (oldEnd - changes[^1].OldEnd);
        text.Append(null, $"@@ -{Range(oldStart, oldEnd)} +{Range(newStart, newEnd)} @@\n");
        int at = oldStart;
        foreach (Change change in changes)
        {
            Append(text, ' ', old[at..change.OldStart]);
            Append(text, '-', old[change.OldStart..change.OldEnd]);
            Append(text, '+', now[change.NewStart..change.NewEnd]);
            at = change.OldEnd;
        }

        Append(text, ' ', old[at..oldEnd]);
    }

    // An empty range is named by the line before it.
    private static string Range(int start, int end) =>
        end == start ? $"{start},0" : end == start + 1 ? $"{start + 1}" : $"{start + 1},{end - start}";

    private static void Append(StringBuilder text, char mark, string[] lines)
    {
        foreach (string line in lines)
        {
            text.Append(mark).Append(line);
            if (!line.EndsWith('\n'))
                text.Append("\n\\ No newline at end of file\n");
        }
    }

    /// <summary>The lines with their line breaks.</summary>
    private static string[] Lines(string text)
    {
        var lines = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) + 1;
            if (end == 0)
                end = text.Length;
            lines.Add(text[start..end]);
            start = end;
        }

        return [.. lines];
    }

    /// <summary>The changed ranges, by Myers' algorithm in linear memory.</summary>
    private static IEnumerable<Change> FindChanges(string before, string after) =>
        Differ.Instance.CreateDiffs(before, after, ignoreWhiteSpace: false, ignoreCase: false, new LineChunker()).DiffBlocks
        .Select(static block => new Change(
            block.DeleteStartA, block.DeleteStartA + block.DeleteCountA, block.InsertStartB, block.InsertStartB + block.InsertCountB));

    private readonly record struct Change(int OldStart, int OldEnd, int NewStart, int NewEnd);

    private sealed class LineChunker : IChunker
    {
        public IReadOnlyList<string> Chunk(string text) => Lines(text);
    }
}
