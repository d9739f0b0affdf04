using System.Globalization;

namespace Engine.Primitives;

/// <summary>Durations as configuration files have them: a number with a unit, or hours, minutes and seconds.</summary>
internal static class DurationText
{
    // Longer units first, so that "ms" is not taken for "s".
    private static readonly (string Unit, double Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Reads a duration. A number without a unit is none: nobody could tell milliseconds from days.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        text = text.Trim();
        if (text.Contains(':', StringComparison.Ordinal))
            return TryParseClock(text, out duration);
        duration = default;
        foreach ((string unit, double ticks) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
                continue;
            if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length),
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number))
                return false;
            double total = Math.Round(number * ticks);
            if (!(total < TimeSpan.MaxValue.Ticks))
                return false;
            duration = new TimeSpan((long)total);
            return true;
        }

        return false;
    }

    /// <summary>The shortest text that reads as the duration: a whole number of the largest unit that fits.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        for (int i = Units.Length - 1; i >= 0; i--)
        {
            long ticks = (long)Units[i].Ticks;
            if (duration.Ticks % ticks == 0)
                return (duration.Ticks / ticks).ToString(CultureInfo.InvariantCulture) + Units[i].Unit;
        }

        return duration.ToString("c", CultureInfo.InvariantCulture);
    }

    /// <summary>The same as people write it: 1 ms, 5 minutes, 3,660 days; 0 for none.</summary>
    public static string Prose(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0";
        (string Unit, long Ticks)[] units =
        [
            ("day", TimeSpan.TicksPerDay), ("hour", TimeSpan.TicksPerHour), ("minute", TimeSpan.TicksPerMinute),
            ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond), ("microsecond", TimeSpan.TicksPerMicrosecond),
        ];
        foreach ((string unit, long ticks) in units)
        {
            if (duration.Ticks % ticks != 0)
                continue;
            long number = duration.Ticks / ticks;
            bool isPlural = number != 1 && unit.Length > 2;
            return string.Create(CultureInfo.InvariantCulture, $"{number:N0} {unit}{(isPlural ? "s" : "")}");
        }

        return duration.ToString("c", CultureInfo.InvariantCulture);
    }

    // Two parts could be hours and minutes as well as minutes and seconds.
    private static bool TryParseClock(string text, out TimeSpan duration)
    {
        duration = default;
        return text.Count(static letter => letter == ':') == 2
            && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration);
    }
}
