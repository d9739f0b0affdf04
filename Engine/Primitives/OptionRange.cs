using System.Globalization;
using System.Numerics;

namespace Engine.Primitives;

/// <summary>The values an option may have. Immutable.</summary>
/// <typeparam name="T">The option's type.</typeparam>
/// <param name="Text">The range in words, without "must be", with durations as files have them.</param>
/// <param name="Contains">Whether a value is in it.</param>
internal sealed record OptionRange<T>(string Text, Func<T, bool> Contains)
{
    /// <summary>The range in words, with durations as people write them.</summary>
    public string Prose { get; init; } = Text;

    /// <summary>The smallest and the largest value, and what stands for no end.</summary>
    public IReadOnlyList<T> Ends { get; init; } = [];

    /// <summary>The values next to the ends that are not allowed.</summary>
    public IReadOnlyList<T> Beyond { get; init; } = [];

    /// <summary>Checks a value that code gives.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in the range; the message has name and rule.</exception>
    public void Check(T value, string name)
    {
        if (!Contains(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {Prose}.");
    }
}

/// <summary>The ranges there are.</summary>
internal static class OptionRange
{
    /// <summary>The word for no end.</summary>
    public const string Unlimited = "unlimited";

    public static OptionRange<bool> Any { get; } = new("", static _ => true);

    public static OptionRange<string?> UpTo(int characters) =>
        new($"up to {characters} characters", value => value is null || value.Length <= characters);

    /// <summary>Values that have a name; a cast could make others.</summary>
    public static OptionRange<T> Named<T>()
        where T : struct, Enum =>
        new("", static value => Enum.IsDefined(value));

    /// <summary>Numbers from one to another, both included.</summary>
    public static OptionRange<T> Of<T>(T least, T most)
        where T : struct, INumber<T>, IMinMaxValue<T> => Between(least, most, Format(least), Format(most));

    /// <summary>Numbers from one on.</summary>
    public static OptionRange<T> AtLeast<T>(T least)
        where T : struct, INumber<T>, IMinMaxValue<T> => Between(least, T.MaxValue, Format(least), Format(T.MaxValue));

    /// <summary>Numbers of bytes from one to another, both included.</summary>
    public static OptionRange<T> Bytes<T>(T least, T most)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => Between(least, most, FormatBytes(least), FormatBytes(most));

    /// <summary>Numbers of bytes from one on.</summary>
    public static OptionRange<T> BytesAtLeast<T>(T least)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> => Between(least, T.MaxValue, FormatBytes(least), "");

    public static OptionRange<double> Above(double bound, double most) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"above {bound:#,0.##}, at most {most:#,0.##}"),
            value => value > bound && value <= most)
        {
            Ends = [Math.BitIncrement(bound), most],
            Beyond = [bound, Math.BitIncrement(most), double.NaN],
        };

    /// <summary>Numbers above one, infinity among them.</summary>
    public static OptionRange<double> Above(double bound) =>
        new(string.Create(CultureInfo.InvariantCulture, $"above {bound:#,0.##}"), value => value > bound)
        {
            Ends = [Math.BitIncrement(bound), double.PositiveInfinity],
            Beyond = [bound, double.NaN],
        };

    public static OptionRange<TimeSpan> Above(TimeSpan bound, TimeSpan most) => new(
        $"above {DurationText.Format(bound)}, at most {DurationText.Format(most)}", value => value > bound && value <= most)
    {
        Prose = $"above {DurationText.Prose(bound)}, at most {DurationText.Prose(most)}",
        Ends = [bound + TimeSpan.FromTicks(1), most],
        Beyond = [bound, most + TimeSpan.FromTicks(1)],
    };

    /// <summary>Durations above one.</summary>
    public static OptionRange<TimeSpan> Above(TimeSpan bound) =>
        new($"above {DurationText.Format(bound)}", value => value > bound)
        {
            Prose = $"above {DurationText.Prose(bound)}",
            Ends = [bound + TimeSpan.FromTicks(1), TimeSpan.MaxValue],
            Beyond = [bound],
        };

    public static OptionRange<TimeSpan> Of(TimeSpan least, TimeSpan most) =>
        new($"{DurationText.Format(least)} to {DurationText.Format(most)}", value => value >= least && value <= most)
        {
            Prose = $"{DurationText.Prose(least)} to {DurationText.Prose(most)}",
            Ends = [least, most],
            Beyond = [least - TimeSpan.FromTicks(1), most + TimeSpan.FromTicks(1)],
        };

    /// <summary>Durations from one on.</summary>
    public static OptionRange<TimeSpan> AtLeast(TimeSpan least) =>
        new($"{DurationText.Format(least)} or more", value => value >= least)
        {
            Prose = $"{DurationText.Prose(least)} or more",
            Ends = [least, TimeSpan.MaxValue],
            Beyond = [least - TimeSpan.FromTicks(1)],
        };

    /// <summary>Some numbers only.</summary>
    /// <param name="values">The numbers, ascending.</param>
    public static OptionRange<int> OneOf(params int[] values) =>
        new($"{string.Join(", ", values[..^1])} or {values[^1]}", values.Contains)
        {
            Ends = values,
            Beyond = [values[0] - 1, values[^1] + 1],
        };

    /// <summary>A range, or a value that stands for something else.</summary>
    /// <param name="range">The range.</param>
    /// <param name="other">The value.</param>
    /// <param name="word">What stands for it in files and documents.</param>
    public static OptionRange<T> OrUnlimited<T>(OptionRange<T> range, T other, string word = Unlimited) => new(
        $"{range.Text}, or {word}",
        value => range.Contains(value) || EqualityComparer<T>.Default.Equals(value, other))
    {
        Prose = $"{range.Prose}, or {word}",
        Ends = [.. range.Ends, other],
        Beyond = [.. range.Beyond.Where(value => !EqualityComparer<T>.Default.Equals(value, other))],
    };

    /// <summary>The same range, of another type of numbers, for where one is kept as another type than it is used as.</summary>
    /// <remarks>A value that the range's own type cannot have is out of it.</remarks>
    public static OptionRange<TTo> As<TFrom, TTo>(this OptionRange<TFrom> range)
        where TFrom : struct, INumber<TFrom>
        where TTo : struct, INumber<TTo> =>
        new(range.Text, value => TFrom.CreateSaturating(value) is var own && TTo.CreateSaturating(own) == value && range.Contains(own))
        {
            Prose = range.Prose,
            Ends = [.. range.Ends.Select(TTo.CreateSaturating)],
            Beyond = [.. range.Beyond.Select(TTo.CreateSaturating)],
        };

    private static OptionRange<T> Between<T>(T least, T most, string leastText, string mostText)
        where T : struct, INumber<T>, IMinMaxValue<T> =>
        new(most == T.MaxValue ? $"{leastText} or more" : $"{leastText} to {mostText}", value => value >= least && value <= most)
        {
            Ends = [least, most],
            Beyond =
            [
                .. least > T.MinValue ? [least - T.One] : Array.Empty<T>(),
                .. most < T.MaxValue ? [most + T.One] : Array.Empty<T>(),
            ],
        };

    private static string Format<T>(T number)
        where T : INumber<T> => number.ToString("#,0.######", CultureInfo.InvariantCulture);

    private static string FormatBytes<T>(T bytes)
        where T : IBinaryInteger<T>
    {
        long number = long.CreateSaturating(bytes);
        string[] units = ["TiB", "GiB", "MiB", "KiB"];
        for (int i = 0; i < units.Length; i++)
        {
            long unit = 1L << (10 * (units.Length - i));
            if (number >= unit && number % unit == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{number / unit:N0} {units[i]}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{number:N0}");
    }
}
