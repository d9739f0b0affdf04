using System.Globalization;
using Engine.Primitives;

namespace Engine.Bus.Options;

/// <summary>Reads the text of an option.</summary>
internal delegate bool OptionParser<T>(string text, out T value);

/// <summary>What the text of an option looks like.</summary>
/// <param name="Name">The kind, for the table of options.</param>
/// <param name="Expected">What an error says is expected.</param>
/// <param name="TryParse">Reads the text.</param>
/// <param name="Format">Writes a value so that it can be read again.</param>
/// <param name="IsList">Whether it is a list of texts, which may also stand in one text, separated by commas.</param>
internal sealed record OptionForm<T>(
    string Name, string Expected, OptionParser<T> TryParse, Func<T, string> Format, bool IsList = false);

/// <summary>The forms there are.</summary>
internal static class OptionForm
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    public static OptionForm<int> Integer { get; } = new(
        "integer",
        "must be a whole number such as 64",
        static (string text, out int value) => int.TryParse(text, Whole, CultureInfo.InvariantCulture, out value),
        static value => value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number of times, or a word for no end.</summary>
    public static OptionForm<int> Count { get; } = new(
        $"integer or {OptionRange.Unlimited}",
        $"must be a whole number such as 5, or {OptionRange.Unlimited}",
        static (string text, out int value) =>
        {
            value = RetryOptions.Unlimited;
            return text.AsSpan().Trim().Equals(OptionRange.Unlimited, StringComparison.OrdinalIgnoreCase)
                || int.TryParse(text, Whole, CultureInfo.InvariantCulture, out value);
        },
        static value => value == RetryOptions.Unlimited ? OptionRange.Unlimited : value.ToString(CultureInfo.InvariantCulture));

    public static OptionForm<double> Number { get; } = new(
        "number",
        "must be a number such as 0.5",
        static (string text, out double value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value),
        static value => value.ToString(CultureInfo.InvariantCulture));

    public static OptionForm<bool> Boolean { get; } = new(
        "boolean", "must be true or false", bool.TryParse, static value => value ? "true" : "false");

    public static OptionForm<TimeSpan> Duration { get; } = new(
        "duration", "must be a duration such as 5ms, 30s, 2m or 00:00:30", DurationText.TryParse, DurationText.Format);

    /// <summary>A duration, or a word for no end.</summary>
    /// <param name="unlimited">The value that stands for no end.</param>
    public static OptionForm<TimeSpan> DurationOrUnlimited(TimeSpan unlimited) => new(
        $"duration or {OptionRange.Unlimited}",
        $"must be a duration such as 5ms, 30s, 2m or 00:00:30, or {OptionRange.Unlimited}",
        (string text, out TimeSpan value) =>
        {
            value = unlimited;
            return text.AsSpan().Trim().Equals(OptionRange.Unlimited, StringComparison.OrdinalIgnoreCase)
                || DurationText.TryParse(text, out value);
        },
        value => value == unlimited ? OptionRange.Unlimited : DurationText.Format(value));

    /// <summary>Any text; an empty one stands for none.</summary>
    public static OptionForm<string?> Text { get; } = new(
        "text",
        "must be text",
        static (string text, out string? value) =>
        {
            value = text.Length == 0 ? null : text;
            return true;
        },
        static value => value ?? "");

    /// <summary>The name of a value, in upper or lower case. Numbers are not accepted: they would hide what is meant.</summary>
    public static OptionForm<T> Choice<T>()
        where T : struct, Enum
    {
        string names = string.Join(", ", Enum.GetNames<T>());
        return new OptionForm<T>(
            names,
            $"must be one of {names}",
            static (string text, out T value) =>
            {
                value = default;
                return char.IsLetter(text.AsSpan().TrimStart().FirstOrDefault()) && !text.Contains(',', StringComparison.Ordinal)
                    && Enum.TryParse(text, ignoreCase: true, out value);
            },
            static value => value.ToString());
    }

    private static char FirstOrDefault(this ReadOnlySpan<char> text) => text.IsEmpty ? '\0' : text[0];
}
