using System.Globalization;
using System.Text;

namespace Engine.Bench.Reporting;

/// <summary>A report as a page of <c>docs/benchmarks</c>: machine facts, a chart and a table per section.</summary>
internal static class MarkdownReport
{
    public static string FileName(Report report) => report.Name + ".md";

    /// <summary>Name of the picture of a table, next to the page.</summary>
    public static string ChartFileName(Report report, Table table) => $"{report.Name}-{table.Name}.svg";

    public static string Write(Report report)
    {
        var page = new StringBuilder();
        Line($"# {report.Title}");
        Line();
        Line("Written by the command itself; see [how to read it](README.md).");
        Line();
        Line($"    {report.CommandLine}");
        Line();
        Line("| | |");
        Line("| --- | --- |");
        Line($"| Date | {report.Date.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC |");
        Line($"| Processor | {Cell(report.Machine.Processor)}, {report.Machine.ProcessorCount} processors, " +
            $"{report.Machine.Architecture} |");
        Line($"| Operating system | {Cell(report.Machine.OperatingSystem)} |");
        Line($"| Runtime | {Cell(report.Machine.Runtime)} |");
        if (RoundTripText.Of(report.RoundTripsNanoseconds) is string roundTrip)
            Line($"| Beside the rounds | {roundTrip} |");
        foreach (Table table in report.Tables)
            WriteTable(report, table, page);
        if (report.Targets.Count > 0)
            WriteTargets(report.Targets, page);
        return page.ToString();

        void Line(string text = "") => page.Append(text).Append('\n');
    }

    private static void WriteTable(Report report, Table table, StringBuilder page)
    {
        page.Append('\n').Append("## ").Append(table.Title).Append("\n\n");
        if (table.Chart is not null)
            page.Append($"![{Cell(table.Title)}]({ChartFileName(report, table)})\n\n");
        if (RoundTripText.Of(table.RoundTripsNanoseconds) is string roundTrip)
            page.Append($"Beside these rounds: {roundTrip}.\n\n");
        Append("", table.Columns.Select(Head));
        page.Append("| --- |").Append(string.Concat(Enumerable.Repeat(" ---: |", table.Columns.Count))).Append('\n');
        foreach (Row row in table.Rows)
            Append(row.Name, row.Values.Select(Figure.Format));

        void Append(string name, IEnumerable<string> cells) =>
            page.Append($"| {Cell(name)} | ").AppendJoin(" | ", cells).Append(" |\n");
    }

    private static void WriteTargets(IEnumerable<Target> targets, StringBuilder page)
    {
        page.Append("\n## Targets\n\n| | measured | limit | |\n| --- | ---: | ---: | --- |\n");
        foreach (Target target in targets)
            page.Append(
                $"| {Cell(target.Name)} | {Figure.Format(target.Value)} | {Figure.Format(target.Limit)} | " +
                $"{(target.IsMet ? "met" : "missed")} |\n");
    }

    private static string Head(Column column) => column.Unit.Length == 0 ? column.Name : $"{column.Name}, {column.Unit}";

    // "<T>" would be taken for HTML, and a bar ends the cell.
    private static string Cell(string text) =>
        text.Replace("<", "&lt;", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
}
