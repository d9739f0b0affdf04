using System.Globalization;

namespace Engine.Bus.Options;

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

    public static OptionRange<int> Of(int least, int most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{least:N0} to {most:N0}"), value => value >= least && value <= most);

    /// <summary>A number of times, or no end.</summary>
    public static OptionRange<int> OrUnlimited(int least, int most)
    {
        OptionRange<int> range = Of(least, most);
        return new($"{range.Text}, or {Unlimited}", value => range.Contains(value) || value == RetryOptions.Unlimited);
    }

    public static OptionRange<double> Of(double least, double most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{least:#,0.##} to {most:#,0.##}"), value => value >= least && value <= most);

    public static OptionRange<double> Above(double bound, double most) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"above {bound:#,0.##}, at most {most:#,0.##}"),
            value => value > bound && value <= most);

    public static OptionRange<TimeSpan> Of(TimeSpan least, TimeSpan most) =>
        new($"{DurationText.Format(least)} to {DurationText.Format(most)}", value => value >= least && value <= most);
}
