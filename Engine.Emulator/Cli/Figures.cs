using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>Numbers as the summary and the live view write them.</summary>
internal static class Figures
{
    /// <summary>A duration in the unit that suits it.</summary>
    public static string Duration(long nanoseconds) => nanoseconds switch
    {
        < 1_000 => Invariant($"{nanoseconds} ns"),
        < 1_000_000 => Invariant($"{nanoseconds / 1e3:F1} us"),
        _ => Invariant($"{nanoseconds / 1e6:F1} ms"),
    };

    /// <summary>A size in the unit that suits it.</summary>
    public static string Bytes(long bytes) => Math.Abs(bytes) switch
    {
        < 1L << 10 => Invariant($"{bytes} B"),
        < 1L << 20 => Invariant($"{bytes / (double)(1L << 10):F1} KiB"),
        < 1L << 30 => Invariant($"{bytes / (double)(1L << 20):F1} MiB"),
        _ => Invariant($"{bytes / (double)(1L << 30):F1} GiB"),
    };
}
