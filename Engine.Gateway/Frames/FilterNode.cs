using System.Text.Json;

namespace Engine.Gateway.Frames;

/// <summary>A part of a filter expression. Immutable.</summary>
internal abstract class FilterNode
{
    public abstract bool Matches(JsonElement envelope);
}

/// <summary>All of its parts, or any of them.</summary>
internal sealed class FilterGroup(IReadOnlyList<FilterNode> parts, bool isAny) : FilterNode
{
    public override bool Matches(JsonElement envelope)
    {
        foreach (FilterNode part in parts)
        {
            if (part.Matches(envelope) == isAny)
                return isAny;
        }

        return !isAny;
    }
}

/// <summary>What its part is not.</summary>
internal sealed class FilterNot(FilterNode part) : FilterNode
{
    public override bool Matches(JsonElement envelope) => !part.Matches(envelope);
}

/// <summary>How a value is compared.</summary>
internal enum FilterOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    StartsWith,
}

/// <summary>
/// Compares a value of the envelope. One that is missing is null; values of two kinds are neither equal nor before each other.
/// </summary>
internal sealed class FilterComparison(string[] path, FilterOperator comparison, IReadOnlyList<FilterLiteral> literals) : FilterNode
{
    public override bool Matches(JsonElement envelope)
    {
        JsonElement value = envelope;
        bool isThere = true;
        foreach (string name in path)
            isThere = isThere && value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out value);
        return comparison switch
        {
            FilterOperator.NotEqual => !literals[0].Equals(value, isThere),
            FilterOperator.Equal or FilterOperator.In => literals.Any(literal => literal.Equals(value, isThere)),
            FilterOperator.StartsWith => isThere && value.ValueKind == JsonValueKind.String
                && value.GetString()!.StartsWith(literals[0].Text!, StringComparison.Ordinal),
            _ => isThere && literals[0].CompareTo(value) is int order && comparison switch
            {
                FilterOperator.Less => order < 0,
                FilterOperator.LessOrEqual => order <= 0,
                FilterOperator.Greater => order > 0,
                _ => order >= 0,
            },
        };
    }
}

/// <summary>A value that an expression has.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, of strings.</param>
/// <param name="Number">Its number, of numbers.</param>
internal sealed record FilterLiteral(JsonValueKind Kind, string? Text = null, double Number = 0)
{
    public bool Equals(JsonElement value, bool isThere) => !isThere || value.ValueKind == JsonValueKind.Null
        ? Kind == JsonValueKind.Null
        : value.ValueKind == Kind && Kind switch
        {
            JsonValueKind.String => value.ValueEquals(Text),
            JsonValueKind.Number => value.GetDouble() == Number,
            _ => true,
        };

    /// <summary>How a value stands to this one; null where they have no order.</summary>
    public int? CompareTo(JsonElement value) => value.ValueKind != Kind ? null : Kind switch
    {
        JsonValueKind.String => string.CompareOrdinal(value.GetString(), Text),
        JsonValueKind.Number => value.GetDouble().CompareTo(Number),
        _ => null,
    };
}
