using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Engine.Gateway.Frames;

/// <summary>
/// Reads filter expressions, by recursive descent. <c>or</c> binds least, then <c>and</c>, then <c>not</c>. Everything is bounded: the
/// text, the depth, and how much is compared.
/// </summary>
internal sealed class FilterParser(string text)
{
    private const int MaxDepth = 20;
    private const int MaxLiterals = 100;
    private const int MaxPathParts = 8;

    private static readonly (string Sign, FilterOperator Operator)[] Signs =
    [
        ("<=", FilterOperator.LessOrEqual), (">=", FilterOperator.GreaterOrEqual), ("!=", FilterOperator.NotEqual),
        ("=", FilterOperator.Equal), ("<", FilterOperator.Less), (">", FilterOperator.Greater),
    ];

    private int _at;
    private int _depth;
    private int _literals;

    /// <summary>The first thing that is wrong; null if nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads all of the text; null if something is wrong with it.</summary>
    public FilterNode? Parse()
    {
        FilterNode? root = ParseGroup(isAny: true);
        SkipSpace();
        if (Problem is null && _at < text.Length)
            Fail("\"and\", \"or\" or the end is expected");
        return Problem is null ? root : null;
    }

    private FilterNode? ParseGroup(bool isAny)
    {
        var parts = new List<FilterNode>();
        do
        {
            FilterNode? part = isAny ? ParseGroup(isAny: false) : ParseNot();
            if (part is null)
                return null;
            parts.Add(part);
        }
        while (TakeWord(isAny ? "or" : "and"));
        return parts.Count == 1 ? parts[0] : new FilterGroup(parts, isAny);
    }

    private FilterNode? ParseNot()
    {
        if (++_depth > MaxDepth)
            return Fail($"it is nested deeper than {MaxDepth}");
        FilterNode? part;
        if (TakeWord("not"))
        {
            part = ParseNot() is { } negated ? new FilterNot(negated) : null;
        }
        else if (TakeSign("("))
        {
            part = ParseGroup(isAny: true);
            if (part is not null && !TakeSign(")"))
                part = Fail("\")\" is expected");
        }
        else
        {
            part = ParseComparison();
        }

        _depth--;
        return part;
    }

    private FilterNode? ParseComparison()
    {
        if (ParsePath() is not { } path)
            return null;
        if (TakeWord("in"))
            return ParseList() is { } list ? new FilterComparison(path, FilterOperator.In, list) : null;
        if (TakeWord("starts_with"))
        {
            int at = _at;
            if (ParseLiteral() is not { } prefix)
                return null;
            if (prefix.Kind == JsonValueKind.String)
                return new FilterComparison(path, FilterOperator.StartsWith, [prefix]);
            _at = at;
            return Fail("a text is expected behind starts_with");
        }

        foreach ((string sign, FilterOperator comparison) in Signs)
        {
            if (TakeSign(sign))
                return ParseLiteral() is { } literal ? new FilterComparison(path, comparison, [literal]) : null;
        }

        return Fail("=, !=, <, <=, >, >=, in or starts_with is expected");
    }

    private string[]? ParsePath()
    {
        SkipSpace();
        int start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '-' or '.'))
            _at++;
        string[] path = text[start.._at].Split('.');
        if (path.Length <= MaxPathParts && path.All(static part => part.Length > 0)
            && path[0] is "event" or "timestamp" or "resource_id" or "data")
            return path;
        _at = start;
        Fail("event, timestamp, resource_id or data.NAME is expected");
        return null;
    }

    private List<FilterLiteral>? ParseList()
    {
        if (!TakeSign("("))
        {
            Fail("\"(\" is expected behind in");
            return null;
        }

        var literals = new List<FilterLiteral>();
        do
        {
            if (ParseLiteral() is not { } literal)
                return null;
            literals.Add(literal);
        }
        while (TakeSign(","));
        if (TakeSign(")"))
            return literals;
        Fail("\",\" or \")\" is expected");
        return null;
    }

    private FilterLiteral? ParseLiteral()
    {
        SkipSpace();
        if (++_literals > MaxLiterals)
        {
            Fail($"it has more than {MaxLiterals} values");
            return null;
        }

        if (TakeWord("true"))
            return new FilterLiteral(JsonValueKind.True);
        if (TakeWord("false"))
            return new FilterLiteral(JsonValueKind.False);
        if (TakeWord("null"))
            return new FilterLiteral(JsonValueKind.Null);
        if (_at < text.Length && text[_at] is '\'' or '"')
            return ParseText(text[_at]);
        int start = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '+' or '-' or '.' or 'e' or 'E'))
            _at++;
        if (double.TryParse(text.AsSpan(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number))
            return new FilterLiteral(JsonValueKind.Number, Number: number);
        _at = start;
        Fail("a number, a text in quotes, true, false or null is expected");
        return null;
    }

    // A quote within stands twice.
    private FilterLiteral? ParseText(char quote)
    {
        int start = _at++;
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            if (text[_at] != quote)
            {
                value.Append(text[_at++]);
                continue;
            }

            if (_at + 1 < text.Length && text[_at + 1] == quote)
            {
                value.Append(quote);
                _at += 2;
                continue;
            }

            _at++;
            return new FilterLiteral(JsonValueKind.String, value.ToString());
        }

        _at = start;
        Fail("the text does not end");
        return null;
    }

    private bool TakeWord(string word)
    {
        SkipSpace();
        int end = _at + word.Length;
        if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0
            || (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.')))
            return false;
        _at = end;
        return true;
    }

    private bool TakeSign(string sign)
    {
        SkipSpace();
        if (string.CompareOrdinal(text, _at, sign, 0, sign.Length) != 0)
            return false;
        _at += sign.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
            _at++;
    }

    private FilterNode? Fail(string problem)
    {
        Problem ??= $"{problem} at character {_at + 1}";
        return null;
    }
}
