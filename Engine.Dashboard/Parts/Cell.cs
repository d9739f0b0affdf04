using System.Globalization;

namespace Engine.Dashboard.Parts;

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsBad">Whether that is bad; it is marked by more than colour.</param>
/// <param name="Href">Where it leads; null for nowhere.</param>
/// <param name="Tail">What stands behind the text, on one line; null for nothing.</param>
public sealed record Cell(string Text, bool IsBad = false, string? Href = null, string? Tail = null)
{
    public static implicit operator Cell(string? text) => new(string.IsNullOrEmpty(text) ? "–" : text);

    public static implicit operator Cell(long value) => new(Format.Count(value));

    public static implicit operator Cell(double value) => new(value.ToString("#,0.###", CultureInfo.InvariantCulture));

    /// <summary>A count that should be zero.</summary>
    public static Cell Loss(long value) => new(Format.Count(value), value > 0);

    /// <summary>A place in a function, whose name may be broken where it is long, and whose offset may not.</summary>
    public static Cell Place(string? symbol) =>
        symbol?.LastIndexOf("+0x", StringComparison.Ordinal) is > 0 and int offset
            ? new Cell(symbol[..offset], Tail: symbol[offset..])
            : symbol;

    public static Cell FromString(string? text) => text;
}

/// <summary>A column of a table.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Kind"><c>number</c>, <c>code</c> or nothing.</param>
public sealed record Column(string Title, string Kind = "");

/// <summary>A figure with its name.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure.</param>
/// <param name="IsBad">Whether it is bad; marked by more than colour.</param>
public sealed record Tile(string Name, string Value, bool IsBad = false);
