using System.Globalization;

namespace Engine.Bus.Monitoring;

/// <summary>Numbers as people read them.</summary>
internal static class MonitoringText
{
    public static string Value(AlertKind kind, double value)
    {
        if (double.IsNaN(value))
            return "gone";
        return kind switch
        {
            AlertKind.Performance or AlertKind.Stuck => Seconds(value),
            AlertKind.BusUnavailable => value switch { >= 1 => "stopped", > 0 => "not started", _ => "running" },
            _ => Share(value),
        };
    }

    public static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");

    public static string Milliseconds(double milliseconds) => Seconds(milliseconds / 1000);

    public static string Seconds(double seconds) => seconds switch
    {
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.##} s"),
        >= 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0.#} us"),
    };

    public static string Number(double number) => number switch
    {
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.##} M"),
        >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e3:0.#} k"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{number:0.##}"),
    };

    public static string Bytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0.#} MiB");

    /// <summary>Rows with columns of equal width; the first column is text, the others are numbers and stand at the right.</summary>
    public static IEnumerable<string> Table(string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => all.Max(row => row[column].Length))];
        return all.Select(row => ("  " + string.Join("  ", row.Select((cell, column) =>
            column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))).TrimEnd());
    }
}
