using System.Globalization;

namespace Engine.Emulator.Cli;

/// <summary>Numbers as the summary and the live view write them.</summary>
internal static class Figures
{
    public static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A duration in the unit that suits it.</summary>
    public static string Duration(long nanoseconds) => nanoseconds switch
    {
        < 1_000 => Line($"{nanoseconds} ns"),
        < 1_000_000 => Line($"{nanoseconds / 1e3:F1} us"),
        _ => Line($"{nanoseconds / 1e6:F1} ms"),
    };

    /// <summary>A size in the unit that suits it.</summary>
    public static string Bytes(long bytes) => Math.Abs(bytes) switch
    {
        < 1L << 10 => Line($"{bytes} B"),
        < 1L << 20 => Line($"{bytes / (double)(1L << 10):F1} KiB"),
        < 1L << 30 => Line($"{bytes / (double)(1L << 20):F1} MiB"),
        _ => Line($"{bytes / (double)(1L << 30):F1} GiB"),
    };
}
