using System.Globalization;
using Engine.Gateway.Events;
using Engine.Tooling;
using Microsoft.Extensions.Configuration;

namespace Engine.Server.History;

/// <summary>Where the gateway's events are kept over restarts, and for how long.</summary>
/// <param name="Directory">The folder.</param>
/// <param name="Metrics">How long figures are kept.</param>
/// <param name="Ordinary">How long progress, logs and the like are kept.</param>
/// <param name="Vital">How long changes of state and alerts are kept.</param>
/// <param name="MaxBytes">Bytes of events in all; figures go first, changes of state and alerts last.</param>
internal sealed record HistorySettings(string Directory, TimeSpan Metrics, TimeSpan Ordinary, TimeSpan Vital, long MaxBytes)
{
    public const string SectionName = "History";

    private const string Keep = "Keep";

    private static readonly string[] s_known = [nameof(Directory), Keep, nameof(MaxBytes)];

    private static readonly string[] s_kept = [nameof(Metrics), nameof(Ordinary), nameof(Vital)];

    /// <summary>Reads the section; null where no folder is set.</summary>
    /// <exception cref="UsageException">Settings are wrong; all of them are named.</exception>
    public static HistorySettings? Read(IConfiguration root)
    {
        IConfigurationSection section = root.GetSection(SectionName);
        List<string> problems =
        [
            .. FindUnknown(section, s_known), .. FindUnknown(section.GetSection(Keep), s_kept),
        ];
        TimeSpan metrics = TimeOf(section, nameof(Metrics), TimeSpan.FromHours(24), problems);
        TimeSpan ordinary = TimeOf(section, nameof(Ordinary), TimeSpan.FromDays(7), problems);
        TimeSpan vital = TimeOf(section, nameof(Vital), TimeSpan.FromDays(30), problems);
        long maxBytes = 1L << 30;
        if (section[nameof(MaxBytes)] is { } bytes
            && !(long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out maxBytes) && maxBytes >= 1 << 20))
            problems.Add($"{SectionName}:{nameof(MaxBytes)} must be 1,048,576 bytes or more; it is \"{ToolProgram.Shorten(bytes)}\".");
        string? directory = section[nameof(Directory)];
        if (section.GetChildren().Any() && string.IsNullOrWhiteSpace(directory))
            problems.Add($"{SectionName} needs {SectionName}:{nameof(Directory)}, a folder.");
        return problems.Count > 0
            ? throw new UsageException("settings are not right: " + string.Join(" ", problems))
            : directory is null ? null : new HistorySettings(directory, metrics, ordinary, vital, maxBytes);
    }

    /// <summary>How long a kind of traffic is kept.</summary>
    public TimeSpan KeptOf(EventTraffic traffic) => traffic switch
    {
        EventTraffic.Metrics => Metrics,
        EventTraffic.Ordinary => Ordinary,
        _ => Vital,
    };

    private static IEnumerable<string> FindUnknown(IConfigurationSection section, string[] known) => section.GetChildren()
        .Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        .Select(child => $"{child.Path} is no setting; known are {string.Join(", ", known)}.");

    private static TimeSpan TimeOf(IConfigurationSection section, string name, TimeSpan otherwise, List<string> problems)
    {
        if (section[$"{Keep}:{name}"] is not { } text)
            return otherwise;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) && time > TimeSpan.Zero)
            return time;
        problems.Add($"{SectionName}:{Keep}:{name} must be a time such as 7.00:00:00; it is \"{ToolProgram.Shorten(text)}\".");
        return otherwise;
    }
}
