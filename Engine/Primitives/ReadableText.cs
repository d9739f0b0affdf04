using System.Globalization;

namespace Engine.Primitives;

/// <summary>Numbers and texts as people read them, the same in every culture.</summary>
internal static class ReadableText
{
    private const int MaxQuoted = 200;

    private static readonly string[] DurationUnits = ["ns", "us", "ms", "s"];

    /// <summary>A count, with its thousands marked: 1,024.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number with at most three digits that matter: 0.25, 8.5, 20, 1,024.</summary>
    public static string Number(double number)
    {
        string format = Math.Abs(number) switch
        {
            < 9.995 => "0.##",
            < 99.95 => "0.#",
            _ => "N0",
        };
        return number.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>A share of 1 in per cent: 62.5 %.</summary>
    public static string Share(double share) => $"{Number(share * 100)} %";

    /// <summary>A duration in the unit that suits it: 850 ns, 1.2 us, 20 ms.</summary>
    public static string Nanoseconds(long nanoseconds)
    {
        double value = nanoseconds;
        int unit = 0;
        // Not 1000: what would be rounded to 1,000 of one unit is 1 of the next.
        while (value >= 999.5 && unit < DurationUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return $"{Number(value)} {DurationUnits[unit]}";
    }

    /// <inheritdoc cref="Nanoseconds"/>
    public static string Duration(TimeSpan duration) => Nanoseconds((long)duration.TotalNanoseconds);

    /// <summary>Bytes in MiB: 1.5 MiB.</summary>
    public static string Mebibytes(double bytes) => $"{Number(bytes / (1 << 20))} MiB";

    /// <summary>A text as errors quote it: whole if it is short, else its beginning and its length.</summary>
    public static string Short(string text) =>
        text.Length <= MaxQuoted ? text : $"{text[..MaxQuoted]}... ({Count(text.Length)} characters)";
}
