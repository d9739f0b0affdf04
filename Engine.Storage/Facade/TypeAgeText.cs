using Engine.Bus.Options;
using Engine.Primitives;
using Engine.Storage.Stores;

namespace Engine.Storage.Facade;

/// <summary>How long events of some types are kept, as text: <c>node.metrics=24h, pipeline.*=7d</c>.</summary>
internal static class TypeAgeText
{
    private static readonly OptionRange<TimeSpan> Ages = TypeRetention.Ranges.RangeOf<TimeSpan>(nameof(TypeRetention.MaxAge));

    public static OptionForm<IReadOnlyList<TypeRetention>> Form { get; } = new(
        "list of name or pattern = duration", "must be a list of event names or patterns with an age each, such as node.metrics=24h",
        TryParse,
        static rules => string.Join(", ", rules.Select(static rule => $"{rule.EventType}={DurationText.Format(rule.MaxAge)}")),
        IsList: true);

    public static OptionRange<IReadOnlyList<TypeRetention>> Range { get; } = new(
        $"event names or patterns, with ages of {Ages.Text} each",
        static rules => rules.All(static rule => rule is not null && EventDrivenKeys.IsPattern(rule.EventType)
            && Ages.Contains(rule.MaxAge)));

    private static bool TryParse(string text, out IReadOnlyList<TypeRetention> value)
    {
        var rules = new List<TypeRetention>();
        value = rules;
        foreach (string entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split('=', StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || !DurationText.TryParse(parts[1], out TimeSpan age))
                return false;
            rules.Add(new TypeRetention(parts[0], age));
        }

        return true;
    }
}
