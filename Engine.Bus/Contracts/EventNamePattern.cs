namespace Engine.Bus;

/// <summary>
/// Matches event names. A pattern is a name whose levels may be wildcards: <c>*</c> stands for exactly one level,
/// <c>**</c> for any number of levels, none included. <c>memory.*</c> matches <c>memory.allocated</c>; <c>memory.**</c>
/// also matches <c>memory</c> and <c>memory.page.mapped</c>; <c>**</c> matches everything. Immutable and thread-safe.
/// </summary>
public sealed class EventNamePattern
{
    private const string AnyLevel = "*";
    private const string AnyLevels = "**";

    private readonly string[] _levels;

    private EventNamePattern(string text, string[] levels)
    {
        Text = text;
        _levels = levels;
        IsLiteral = !levels.Any(static level => level[0] == '*');
    }

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>Whether the pattern has no wildcard and so matches exactly one name.</summary>
    public bool IsLiteral { get; }

    /// <summary>Parses a pattern.</summary>
    /// <param name="text">Levels joined by '.'; each is <c>*</c>, <c>**</c>, or lower-case words joined by '-'.</param>
    /// <exception cref="FormatException">The pattern does not have that form; the message says at which character.</exception>
    public static EventNamePattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] levels = text.Split('.');
        int position = 0;
        foreach (string level in levels)
        {
            CheckLevel(text, level, position);
            position += level.Length + 1;
        }

        return new EventNamePattern(text, levels);
    }

    /// <summary>Whether a name matches. Does not allocate; takes time proportional to the name's levels times the pattern's.</summary>
    /// <param name="name">An event name.</param>
    public bool Matches(ReadOnlySpan<char> name)
    {
        int next = 0;
        int level = 0;
        // Where to go on after a mismatch: the latest "**" takes one more level of the name.
        int resumeLevel = -1;
        int resumeNext = 0;
        while (next <= name.Length)
        {
            int end = EndOfLevel(name, next);
            if (level < _levels.Length && _levels[level] == AnyLevels)
            {
                resumeLevel = level++;
                resumeNext = next;
            }
            else if (level < _levels.Length && (_levels[level] == AnyLevel || name[next..end].SequenceEqual(_levels[level])))
            {
                level++;
                next = end + 1;
            }
            else if (resumeLevel >= 0)
            {
                resumeNext = EndOfLevel(name, resumeNext) + 1;
                next = resumeNext;
                level = resumeLevel + 1;
            }
            else
            {
                return false;
            }
        }

        while (level < _levels.Length && _levels[level] == AnyLevels)
            level++;
        return level == _levels.Length;
    }

    /// <summary>The pattern as it was given.</summary>
    public override string ToString() => Text;

    private static int EndOfLevel(ReadOnlySpan<char> name, int start)
    {
        int length = name[start..].IndexOf('.');
        return length < 0 ? name.Length : start + length;
    }

    private static void CheckLevel(string text, string level, int position)
    {
        if (level is AnyLevel or AnyLevels)
            return;
        if (level.Length == 0)
            throw Error(text, position, "a level is empty");
        for (int i = 0; i < level.Length; i++)
        {
            char c = level[i];
            if (c == '*')
                throw Error(text, position + i, "'*' and '**' stand for whole levels only");
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                throw Error(text, position + i, $"'{c}' is not allowed; a level is made of lower-case letters, digits and '-'");
            if (c == '-' && (i == 0 || i == level.Length - 1 || level[i - 1] == '-'))
                throw Error(text, position + i, "'-' joins two words");
        }
    }

    private static FormatException Error(string text, int position, string rule) =>
        new($"Not an event name pattern: \"{text}\", at character {position + 1}: {rule}. "
            + "Patterns look like \"memory.allocated\", \"memory.*\" or \"**\".");
}
