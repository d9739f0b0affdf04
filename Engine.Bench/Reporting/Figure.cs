using System.Globalization;

namespace Engine.Bench.Reporting;

/// <summary>Figures as text: as many digits as a measurement can mean.</summary>
internal static class Figure
{
    public static string Format(double? figure) => figure switch
    {
        null => "-",
        double value when double.IsNaN(value) => "-",
        double value => Format(value),
    };

    private static string Format(double value) => (Math.Abs(value) switch
    {
        0 => "0",
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        >= 0.1 => value.ToString("F3", CultureInfo.InvariantCulture),
        _ => value.ToString("G3", CultureInfo.InvariantCulture),
    });
}
