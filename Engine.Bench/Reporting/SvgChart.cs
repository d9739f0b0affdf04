using System.Globalization;
using System.Net;
using System.Text;

namespace Engine.Bench.Reporting;

/// <summary>
/// A table as horizontal bars with a whisker from the smallest to the largest value, as SVG that follows the reader's
/// light or dark mode. The axis is logarithmic where the largest bar is more than 50 times the smallest.
/// </summary>
internal static class SvgChart
{
    private const int Width = 860;
    private const int LabelWidth = 300;
    private const int FigureWidth = 90;
    private const int PlotWidth = Width - LabelWidth - FigureWidth;
    private const int PlotTop = 64;
    private const int RowHeight = 30;
    private const int BarHeight = 18;
    private const int AxisHeight = 48;
    private const int MaxLabelLength = 46;
    private const string TimeUnit = "ns";

    private const string Style =
        "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:16px;font-weight:600}.small{font-size:12px;fill:#59636e}" +
        ".back{fill:#fff}.grid{stroke:#d1d9e0}.bar{fill:#4f8fd8}.whisker{stroke:#1f2328;stroke-width:1.5}" +
        "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.back{fill:#0d1117}.grid{stroke:#3d444d}" +
        ".bar{fill:#3b78bd}.whisker{stroke:#f0f6fc}}";

    public static string Write(Table table)
    {
        ChartColumns chart = table.Chart ?? throw new ArgumentException($"The table \"{table.Name}\" has no chart columns.", nameof(table));
        Row[] rows = [.. table.Rows.Where(row => row.Values[chart.Bar] is > 0)];
        string unit = table.Columns[chart.Bar].Unit;
        var axis = ChartAxis.Of(
            rows.Select(row => row.Values[chart.Bar]!.Value),
            rows.SelectMany(row => new[] { row.Values[chart.Low], row.Values[chart.High] }).OfType<double>());
        int plotBottom = PlotTop + (rows.Length * RowHeight);
        int height = plotBottom + AxisHeight;

        var svg = new StringBuilder();
        svg.Append(Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" ",
            $"role=\"img\">\n"));
        svg.Append($"<title>{Escape(table.Title)}</title>\n<style>{Style}</style>\n");
        svg.Append(Invariant($"<rect class=\"back\" width=\"{Width}\" height=\"{height}\"/>\n"));
        Text(svg, 16, 28, "title", table.Title);
        Text(svg, 16, 48, "small",
            $"bar: {table.Columns[chart.Bar].Name}, whisker: {table.Columns[chart.Low].Name} to {table.Columns[chart.High].Name}");
        foreach (double tick in axis.Ticks)
        {
            double x = X(tick);
            svg.Append(Invariant($"<line class=\"grid\" x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{PlotTop}\" y2=\"{plotBottom}\"/>\n"));
            Text(svg, x, plotBottom + 18, "small", tick.ToString("#,0.###", CultureInfo.InvariantCulture), "middle");
        }

        for (int i = 0; i < rows.Length; i++)
            WriteRow(svg, rows[i], PlotTop + (i * RowHeight));
        Text(svg, LabelWidth + (PlotWidth / 2.0), plotBottom + 38, "small", AxisTitle(unit, axis), "middle");
        return svg.Append("</svg>\n").ToString();

        double X(double value) => LabelWidth + (PlotWidth * axis.Fraction(value));

        void WriteRow(StringBuilder target, Row row, int top)
        {
            double middle = top + (RowHeight / 2.0);
            double bar = row.Values[chart.Bar]!.Value;
            Text(target, LabelWidth - 8, middle + 4, "", Shorten(row.Name), "end");
            target.Append(Invariant(
                $"<rect class=\"bar\" x=\"{LabelWidth}\" y=\"{middle - (BarHeight / 2.0):F1}\" width=\"{X(bar) - LabelWidth:F1}\" ",
                $"height=\"{BarHeight}\" rx=\"2\"/>\n"));
            if (row.Values[chart.Low] is double low && row.Values[chart.High] is double high)
            {
                target.Append(Invariant(
                    $"<path class=\"whisker\" d=\"M{X(low):F1} {middle:F1}H{X(high):F1}M{X(low):F1} {middle - 5:F1}v10M{X(high):F1} ",
                    $"{middle - 5:F1}v10\"/>\n"));
            }

            Text(target, Width - 12, middle + 4, "", Figure.Format(bar), "end");
        }
    }

    private static void Text(StringBuilder svg, double x, double y, string style, string text, string anchor = "start") =>
        svg.Append(Invariant($"<text x=\"{x:F1}\" y=\"{y:F1}\" class=\"{style}\" text-anchor=\"{anchor}\">{Escape(text)}</text>\n"));

    private static string AxisTitle(string unit, ChartAxis axis) =>
        $"{(unit.Length == 0 ? "ratio" : unit)}{(axis.IsLogarithmic ? ", logarithmic" : "")}; {(unit == TimeUnit ? "less" : "more")}" +
        " is better";

    private static string Shorten(string text) => text.Length <= MaxLabelLength ? text : text[..(MaxLabelLength - 3)] + "...";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(params FormattableString[] parts) =>
        string.Concat(parts.Select(static part => part.ToString(CultureInfo.InvariantCulture)));
}
