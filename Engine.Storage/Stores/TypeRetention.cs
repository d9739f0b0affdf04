using Engine.Bus;
using Engine.Primitives;

namespace Engine.Storage.Stores;

/// <summary>How long events of some types are kept. Immutable.</summary>
/// <param name="EventType">A name or a pattern.</param>
/// <param name="MaxAge">The oldest that is kept, by recorded time: 0 or more.</param>
public sealed record TypeRetention(string EventType, TimeSpan MaxAge)
{
    internal static OptionTable<TypeRetention> Ranges { get; } = new OptionTable<TypeRetention>("the events of a type")
        .With(nameof(MaxAge), OptionRange.AtLeast(TimeSpan.Zero), static o => o.MaxAge);
}

/// <summary>Which age events of each type may have.</summary>
internal sealed class TypeAges
{
    private readonly (EventNamePattern Pattern, TimeSpan Age)[] _rules;
    private readonly Dictionary<string, TimeSpan?> _known = new(StringComparer.Ordinal);

    /// <param name="rules">The rules; the first that matches a type counts.</param>
    /// <exception cref="FormatException">One is not for a name or a pattern.</exception>
    public TypeAges(IReadOnlyList<TypeRetention> rules) =>
        _rules = [.. rules.Select(static rule => (EventNamePattern.Parse(rule.EventType), rule.MaxAge))];

    public bool IsEmpty => _rules.Length == 0;

    /// <summary>The age that events of a type may have; null for any.</summary>
    public TimeSpan? Of(string eventType)
    {
        if (_known.TryGetValue(eventType, out TimeSpan? age))
            return age;
        foreach ((EventNamePattern pattern, TimeSpan limit) in _rules)
        {
            if (pattern.Matches(eventType))
            {
                age = limit;
                break;
            }
        }

        _known.Add(eventType, age);
        return age;
    }
}
