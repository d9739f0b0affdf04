using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>Values of alerts, and tables, as people read them.</summary>
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
            _ => ReadableText.Share(value),
        };
    }

    public static string Seconds(double seconds) => ReadableText.Nanoseconds((long)(seconds * 1e9));

    public static string Milliseconds(double milliseconds) => ReadableText.Nanoseconds((long)(milliseconds * 1e6));

    /// <summary>Rows with columns of equal width; the first column is text, the others are numbers and stand at the right.</summary>
    public static IEnumerable<string> Table(string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => all.Max(row => row[column].Length))];
        return all.Select(row => ("  " + string.Join("  ", row.Select((cell, column) =>
            column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))).TrimEnd());
    }
}
