using System.Globalization;
using System.Net;
using System.Text;

namespace Engine.Tooling.Pictures;

/// <summary>
/// A flame graph as one SVG file without scripts: callers at the bottom, widths are shares of the whole, and the full name
/// shows where the pointer rests. Thread-safe.
/// </summary>
public sealed class FlameGraphSvg
{
    private const int Width = 1200;
    private const int RowHeight = 17;
    private const int Margin = 10;
    private const int HeadHeight = 34;
    private const double LeastWidth = 1;
    private const double CharacterWidth = 6.6;
    private const int LeastCharacters = 3;

    /// <summary>Says what a weight is, with its unit, in invariant culture.</summary>
    public required Func<double, string> Amount { get; init; }

    /// <summary>The color of a frame, as CSS has it.</summary>
    public required Func<string, string> Color { get; init; }

    /// <summary>What is written into a frame's box, cut where it is too long.</summary>
    public Func<string, string> Label { get; init; } = static frame => frame;

    /// <summary>A number from a name, the same in every process: for colors.</summary>
    public static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
            hash = (hash ^ c) * 16777619;
        return hash;
    }

    /// <summary>Draws all stacks of a tree.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="title">Stands above on the left.</param>
    /// <param name="total">Stands above on the right.</param>
    public string Draw(FlameNode root, string title, string total)
    {
        int height = HeadHeight + VisibleDepth(root, root.Weight) * RowHeight + Margin;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="11">
            <rect width="{Width}" height="{height}" fill="#fdfdfd"/>
            <text x="{Margin}" y="20" font-size="14" font-weight="bold">{WebUtility.HtmlEncode(title)}</text>
            <text x="{Width - Margin}" y="20" text-anchor="end" fill="#555">{WebUtility.HtmlEncode(total)}</text>

            """);
        DrawNode(svg, root, Margin, height - Margin - RowHeight, root.Weight);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private void DrawNode(StringBuilder svg, FlameNode node, double left, double top, double total)
    {
        double width = WidthOf(node, total);
        if (!IsVisible(width))
            return;
        string label = Fit(Label(node.Frame), width);
        svg.Append(CultureInfo.InvariantCulture, $"""
            <g><title>{WebUtility.HtmlEncode(node.Frame)}: {100 * node.Weight / total:0.0} %, {WebUtility.HtmlEncode(Amount(node.Weight))}</title><rect x="{left:0.##}" y="{top:0.##}" width="{Math.Max(width - 0.5, 0.3):0.##}" height="{RowHeight - 1}" rx="1" fill="{Color(node.Frame)}"/>
            """);
        if (label.Length > 0)
            svg.Append(
                CultureInfo.InvariantCulture, $"""<text x="{left + 3:0.##}" y="{top + 12:0.##}">{WebUtility.HtmlEncode(label)}</text>""");
        svg.Append("</g>\n");
        foreach (FlameNode callee in node.Callees)
        {
            DrawNode(svg, callee, left, top - RowHeight, total);
            left += WidthOf(callee, total);
        }
    }

    private static double WidthOf(FlameNode node, double total) => node.Weight / total * (Width - 2 * Margin);

    // False too where nothing has any weight, and a width is no number.
    private static bool IsVisible(double width) => width >= LeastWidth;

    private static int VisibleDepth(FlameNode node, double total) => IsVisible(WidthOf(node, total))
        ? 1 + node.Callees.Select(callee => VisibleDepth(callee, total)).DefaultIfEmpty().Max()
        : 0;

    private static string Fit(string name, double width)
    {
        int room = (int)((width - 6) / CharacterWidth);
        return room < LeastCharacters ? string.Empty : name.Length <= room ? name : name[..(room - 1)] + "…";
    }
}
