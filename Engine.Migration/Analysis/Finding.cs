using Engine.Migration.Loading;
using Microsoft.CodeAnalysis.Text;

namespace Engine.Migration.Analysis;

/// <summary>One use of the old types.</summary>
/// <param name="File">The file.</param>
/// <param name="Span">Where in it.</param>
/// <param name="Rule">What kind of use.</param>
internal sealed record Finding(SourceFile File, TextSpan Span, Rule Rule)
{
    /// <summary>The code that should stand there; null where nobody but the author knows.</summary>
    public string? Replacement { get; init; }

    /// <summary>What the tool changes in the text, by itself or so that the rest compiles.</summary>
    public IReadOnlyList<TextChange> Changes { get; init; } = [];

    /// <summary>Why the author has to do it, or a part of it; null where the tool does it all.</summary>
    public string? ByHand { get; init; }

    /// <summary>What is done instead where the changes turn out to be impossible; null where there is no other way.</summary>
    public Finding? Fallback { get; init; }

    /// <summary>Whether the changes cannot be made because they replace code in which something else has to change.</summary>
    public bool HasConflict { get; init; }

    /// <summary>Where it is, as a key.</summary>
    public (SourceFile File, TextSpan Span) Place => (File, Span);

    /// <summary>Whether nothing in the file can be changed because of this.</summary>
    public bool BlocksFile { get; init; }

    /// <summary>Whether the name could not be bound to the type, so that this is a guess.</summary>
    public bool IsByNameOnly { get; init; }

    /// <summary>The first line of the code that stands there now.</summary>
    public string Code
    {
        get
        {
            string text = File.Text.Substring(Span.Start, Span.Length);
            int end = text.AsSpan().IndexOfAny('\r', '\n');
            return end < 0 ? text : text[..end] + " ...";
        }
    }

    /// <summary>Line and column from 1.</summary>
    public (int Line, int Column) Position
    {
        get
        {
            LinePosition start = File.Tree.GetText().Lines.GetLinePosition(Span.Start);
            return (start.Line + 1, start.Character + 1);
        }
    }
}
