using System.Globalization;
using System.Net;
using System.Text;
using Engine.PerfCollect.Profiles;

namespace Engine.PerfCollect.Export;

/// <summary>
/// A flame graph as one SVG file without scripts: callers at the bottom, widths are shares of the time, and the full name
/// shows where the pointer rests.
/// </summary>
internal static class FlameGraphSvg
{
    private const int Width = 1200;
    private const int RowHeight = 17;
    private const int Margin = 10;
    private const int HeadHeight = 34;
    private const double LeastWidth = 1;
    private const double CharacterWidth = 6.6;
    private const int LeastCharacters = 3;

    public static string Draw(FlameNode root, string title, string source)
    {
        int height = HeadHeight + VisibleDepth(root, root.Milliseconds) * RowHeight + Margin;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="11">
            <rect width="{Width}" height="{height}" fill="#fdfdfd"/>
            <text x="{Margin}" y="20" font-size="14" font-weight="bold">{WebUtility.HtmlEncode(title)}</text>
            <text x="{Width - Margin}" y="20" text-anchor="end" fill="#555">{root.Milliseconds / 1000:0.00} s ({WebUtility.HtmlEncode(source)})</text>

            """);
        DrawNode(svg, root, Margin, height - Margin - RowHeight, root.Milliseconds);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void DrawNode(StringBuilder svg, FlameNode node, double left, double top, double total)
    {
        double width = WidthOf(node, total);
        if (width < LeastWidth)
            return;
        string label = Label(MethodName.Short(node.Frame), width);
        svg.Append(CultureInfo.InvariantCulture, $"""
            <g><title>{WebUtility.HtmlEncode(node.Frame)}: {100 * node.Milliseconds / total:0.0} %, {node.Milliseconds:0} ms</title><rect x="{left:0.##}" y="{top:0.##}" width="{Math.Max(width - 0.5, 0.3):0.##}" height="{RowHeight - 1}" rx="1" fill="{ColorOf(node.Frame)}"/>
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

    private static double WidthOf(FlameNode node, double total) => node.Milliseconds / total * (Width - 2 * Margin);

    private static int VisibleDepth(FlameNode node, double total) => WidthOf(node, total) < LeastWidth
        ? 0
        : 1 + node.Callees.Select(callee => VisibleDepth(callee, total)).DefaultIfEmpty().Max();

    private static string Label(string name, double width)
    {
        int room = (int)((width - 6) / CharacterWidth);
        return room < LeastCharacters ? string.Empty : name.Length <= room ? name : name[..(room - 1)] + "…";
    }

    // The engine and its host warm, other managed code yellow, native and kernel code cool.
    private static string ColorOf(string frame)
    {
        int bang = frame.IndexOf('!', StringComparison.Ordinal);
        if (bang < 0)
            return "#d7d7d7";
        string module = frame[..bang];
        int shade = (int)(Hash(frame) % 24);
        if (module == "Engine" || module.StartsWith("Engine.", StringComparison.Ordinal))
            return $"hsl({14 + shade}, 82%, {66 + shade % 7}%)";
        if (module.StartsWith("System.", StringComparison.Ordinal) || module.StartsWith("Microsoft.", StringComparison.Ordinal))
            return $"hsl({46 + shade / 3}, 75%, {74 + shade % 7}%)";
        return $"hsl({200 + shade}, 45%, {78 + shade % 7}%)";
    }

    // Stable from run to run, unlike string.GetHashCode.
    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
            hash = (hash ^ c) * 16777619;
        return hash;
    }
}
