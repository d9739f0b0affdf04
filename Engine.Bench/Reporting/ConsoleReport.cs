namespace Engine.Bench.Reporting;

/// <summary>Prints a report as plain text.</summary>
internal static class ConsoleReport
{
    private const int NameWidth = 54;
    private const int FigureWidth = 10;

    public static void Print(Report report, TextWriter output)
    {
        output.WriteLine(report.Machine);
        if (RoundTripText.Of(report.RoundTripsNanoseconds) is string roundTrip)
            output.WriteLine(roundTrip);
        foreach (Table table in report.Tables)
            Print(table, output);
        if (report.Targets.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine("Targets (medians of ratios within a round)");
        foreach (Target target in report.Targets)
        {
            output.WriteLine(
                $"  {(target.IsMet ? "met   " : "MISSED")} {target.Name,-72} {Figure.Format(target.Value),10} (limit " +
                $"{Figure.Format(target.Limit)})");
        }
    }

    private static void Print(Table table, TextWriter output)
    {
        int nameWidth = Math.Max(NameWidth, table.Rows.Max(static row => row.Name.Length));
        int[] widths = [.. table.Columns.Select(static column => Math.Max(FigureWidth, Head(column).Length + 1))];
        output.WriteLine();
        output.WriteLine(table.Title);
        if (RoundTripText.Of(table.RoundTripsNanoseconds) is string roundTrip)
            output.WriteLine($"  {roundTrip}");
        output.WriteLine(Line("", table.Columns.Select(Head)));
        foreach (Row row in table.Rows)
            output.WriteLine(Line(row.Name, row.Values.Select(Figure.Format)));

        string Line(string name, IEnumerable<string> cells) =>
            "  " + name.PadRight(nameWidth) + string.Concat(cells.Select((cell, i) => " " + cell.PadLeft(widths[i])));
    }

    private static string Head(Column column) => column.Unit.Length == 0 ? column.Name : $"{column.Name} {column.Unit}";
}
