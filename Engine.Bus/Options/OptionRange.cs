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

    /// <summary>A range, or no end.</summary>
    /// <param name="range">The range.</param>
    /// <param name="unlimited">The value that stands for no end.</param>
    public static OptionRange<T> OrUnlimited<T>(OptionRange<T> range, T unlimited) => new(
        $"{range.Text}, or {Unlimited}",
        value => range.Contains(value) || EqualityComparer<T>.Default.Equals(value, unlimited));

    public static OptionRange<double> Of(double least, double most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{least:#,0.##} to {most:#,0.##}"), value => value >= least && value <= most);

    public static OptionRange<double> Above(double bound, double most) =>
        new(
            string.Create(CultureInfo.InvariantCulture, $"above {bound:#,0.##}, at most {most:#,0.##}"),
            value => value > bound && value <= most);

    public static OptionRange<TimeSpan> Above(TimeSpan bound, TimeSpan most) => new(
        $"above {DurationText.Format(bound)}, at most {DurationText.Format(most)}", value => value > bound && value <= most);

    public static OptionRange<TimeSpan> Of(TimeSpan least, TimeSpan most) =>
        new($"{DurationText.Format(least)} to {DurationText.Format(most)}", value => value >= least && value <= most);
}
