using System.Globalization;
using Engine.Primitives;

namespace Engine.Storage.Facade;

/// <summary>Whole numbers as text.</summary>
internal static class LongText
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    public static string Format(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string FormatOrUnlimited(long value) => value == long.MaxValue ? OptionRange.Unlimited : Format(value);

    public static bool TryParse(string text, out long value) => long.TryParse(text, Style, CultureInfo.InvariantCulture, out value);

    public static bool TryParseOrUnlimited(string text, out long value)
    {
        value = long.MaxValue;
        return text.AsSpan().Trim().Equals(OptionRange.Unlimited, StringComparison.OrdinalIgnoreCase) || TryParse(text, out value);
    }
}
