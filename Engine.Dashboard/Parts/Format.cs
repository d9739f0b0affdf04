using System.Globalization;

namespace Engine.Dashboard.Parts;

/// <summary>How figures and times are written. Times are UTC, as the API has them.</summary>
internal static class Format
{
    public const int MaxText = 300;

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Number(double value) => value.ToString("#,0.#", CultureInfo.InvariantCulture);

    public static string Share(double value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "–";

    public static string Moment(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "–";

    public static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.#} GiB"),
    };

    public static string Span(double seconds) => seconds switch
    {
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} min"),
        < 86400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.#} d"),
    };

    /// <summary>A name of the API as words.</summary>
    public static string Words(string name) => name.Replace('_', ' ');

    public static string Shorten(string? text, int most = MaxText) =>
        text is null ? "–" : text.Length <= most ? text : text[..most] + $"… ({Count(text.Length - most)} characters more)";
}
