using System.Collections.Concurrent;
using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>Expressions that streams share: the same text is the same one, for so many of them. Thread-safe.</summary>
internal sealed class FilterExpressions
{
    private const int MaxKept = 256;

    private readonly ConcurrentDictionary<string, FilterExpression> _known = new(StringComparer.Ordinal);

    /// <summary>Reads an expression, or finds it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="problem">What is wrong; null if nothing is.</param>
    public FilterExpression? Find(string text, out string? problem)
    {
        problem = null;
        if (_known.TryGetValue(text, out FilterExpression? known))
            return known;
        if (!FilterExpression.TryParse(text, out FilterExpression? expression, out problem))
            return null;
        // Those that nobody uses any more make room all at once; streams keep theirs.
        if (_known.Count >= MaxKept)
            _known.Clear();
        return _known.GetOrAdd(text, expression);
    }
}
