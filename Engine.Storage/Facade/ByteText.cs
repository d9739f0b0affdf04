using System.Globalization;
using Engine.Primitives;

namespace Engine.Storage.Facade;

/// <summary>Numbers of bytes as text.</summary>
internal static class ByteText
{
    private static readonly (string Unit, int Shift)[] s_units = [("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

    public static string Format(long value)
    {
        if (value == long.MaxValue)
            return OptionRange.Unlimited;
        foreach ((string unit, int shift) in s_units)
        {
            if (shift > 0 && value != 0 && value % (1L << shift) == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{value >> shift} {unit}");
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    public static bool TryParse(string text, out long value)
    {
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        int shift = 0;
        foreach ((string unit, int by) in s_units)
        {
            if (number.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^unit.Length].TrimEnd();
                shift = by;
                break;
            }
        }

        bool isNumber = long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        if (!isNumber || value > long.MaxValue >> shift || value < long.MinValue >> shift)
            return false;
        value <<= shift;
        return true;
    }

    public static bool TryParseOrUnlimited(string text, out long value)
    {
        value = long.MaxValue;
        return text.AsSpan().Trim().Equals(OptionRange.Unlimited, StringComparison.OrdinalIgnoreCase) || TryParse(text, out value);
    }
}
