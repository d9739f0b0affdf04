using System.Globalization;
using Engine.Gateway.Events;
using Engine.Primitives;
using Engine.Tooling;
using Microsoft.Extensions.Configuration;

namespace Engine.Server.History;

/// <summary>Where the gateway's events are kept over restarts, and for how long.</summary>
/// <param name="Directory">The folder.</param>
/// <param name="Metrics">How long figures are kept: 1 s or more.</param>
/// <param name="Ordinary">How long progress, logs and the like are kept: 1 s or more.</param>
/// <param name="Vital">How long changes of state and alerts are kept: 1 s or more.</param>
/// <param name="MaxBytes">Bytes of events in all: 1 MiB or more; figures go first, changes of state and alerts last.</param>
internal sealed record HistorySettings(string Directory, TimeSpan Metrics, TimeSpan Ordinary, TimeSpan Vital, long MaxBytes)
{
    public const string SectionName = "History";

    private const string Keep = "Keep";

    private static readonly OptionRange<TimeSpan> s_ages = OptionRange.AtLeast(TimeSpan.FromSeconds(1));

    private static readonly OptionRange<long> s_bytes = OptionRange.BytesAtLeast(1L << 20);

    private static readonly string[] s_known = [nameof(Directory), Keep, nameof(MaxBytes)];

    private static readonly string[] s_kept = [nameof(Metrics), nameof(Ordinary), nameof(Vital)];

    internal static OptionTable<HistorySettings> Ranges { get; } = new OptionTable<HistorySettings>("the history")
        .With(nameof(Metrics), s_ages, static o => o.Metrics)
        .With(nameof(Ordinary), s_ages, static o => o.Ordinary)
        .With(nameof(Vital), s_ages, static o => o.Vital)
        .With(nameof(MaxBytes), s_bytes, static o => o.MaxBytes);

    /// <summary>What is kept for how long where the settings do not say, in no folder.</summary>
    internal static HistorySettings Defaults { get; } =
        new("", TimeSpan.FromHours(24), TimeSpan.FromDays(7), TimeSpan.FromDays(30), 1L << 30);

    /// <summary>Reads the section; null where no folder is set.</summary>
    /// <exception cref="UsageException">Settings are wrong; all of them are named.</exception>
    public static HistorySettings? Read(IConfiguration root)
    {
        IConfigurationSection section = root.GetSection(SectionName);
        List<string> problems =
        [
            .. FindUnknown(section, s_known), .. FindUnknown(section.GetSection(Keep), s_kept),
        ];
        TimeSpan metrics = TimeOf(section, nameof(Metrics), Defaults.Metrics, problems);
        TimeSpan ordinary = TimeOf(section, nameof(Ordinary), Defaults.Ordinary, problems);
        TimeSpan vital = TimeOf(section, nameof(Vital), Defaults.Vital, problems);
        long maxBytes = Defaults.MaxBytes;
        if (section[nameof(MaxBytes)] is { } bytes
            && !(long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out maxBytes) && s_bytes.Contains(maxBytes)))
        {
            problems.Add(
                $"{SectionName}:{nameof(MaxBytes)} must be {s_bytes.Prose}, in bytes; it is \"{ToolProgram.Shorten(bytes)}\".");
        }

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
        // As the bus's files have them: "24:00:00" would be 24 days to the runtime, and is none here.
        if (DurationText.TryParse(text, out TimeSpan time) && s_ages.Contains(time))
            return time;
        problems.Add(
            $"{SectionName}:{Keep}:{name} must be {s_ages.Prose}, such as 7d or 7.00:00:00; it is \"{ToolProgram.Shorten(text)}\".");
        return otherwise;
    }
}
