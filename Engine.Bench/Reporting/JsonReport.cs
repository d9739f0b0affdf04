using System.Globalization;
using System.Text.Json;
using Engine.Bench.Support;

namespace Engine.Bench.Reporting;

/// <summary>A report as JSON: the machine, and per table the rows with their figures by column.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(Report report) => JsonSerializer.Serialize(
        new
        {
            report.Name,
            report.CommandLine,
            Date = report.Date.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            report.Machine,
            RoundTripNanoseconds = Spread(report.RoundTripsNanoseconds),
            Tables = report.Tables.Select(static table => new
            {
                table.Name,
                table.Title,
                RoundTripNanoseconds = Spread(table.RoundTripsNanoseconds),
                Units = table.Columns.ToDictionary(static column => column.Name, static column => column.Unit),
                Rows = table.Rows.Select(row => new
                {
                    row.Name,
                    Values = table.Columns.Zip(row.Values).ToDictionary(static cell => cell.First.Name, static cell => Finite(cell.Second)),
                }),
            }),
            report.Targets,
        },
        Options);

    private static object? Spread(IReadOnlyList<double> values) =>
        values.Count == 0 ? null : new { Median = Statistics.Median(values), Min = values.Min(), Max = values.Max() };

    // JSON has no word for what is not a number.
    private static double? Finite(double? value) => value is double figure && double.IsFinite(figure) ? figure : null;
}
