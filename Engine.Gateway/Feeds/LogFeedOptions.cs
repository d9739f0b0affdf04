using Engine.Primitives;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Feeds;

/// <summary>Which lines of the log become events: section <c>LogFeed</c> of the configuration.</summary>
public sealed class LogFeedOptions
{
    /// <summary>The section's name.</summary>
    public const string SectionName = "LogFeed";

    private static readonly string[] SecretNames =
        ["password", "passwd", "secret", "token", "apikey", "api_key", "authorization", "credential", "connectionstring", "cookie",
        // Of requests: it may hold a key.
        "querystring",
    ];

    /// <summary>The least level. Default: information.</summary>
    public LogLevel MinLevel { get; set; } = LogLevel.Information;

    /// <summary>Categories that count, by what they begin with; empty for all.</summary>
    public List<string> Categories { get; set; } = [];

    /// <summary>
    /// Lines per second at most, and at once: 1 to 10,000. Default 50.
    /// Those beyond are counted, and the next line says how many.
    /// </summary>
    public int MaxPerSecond { get; set; } = 50;

    /// <summary>
    /// Decides what a named value of a line becomes; its text then stands in the message too. By default, values whose names
    /// sound like secrets become <c>***</c>. What it throws makes the value <c>***</c>.
    /// </summary>
    public Func<string, string, string> Redact { get; set; } = RedactSecrets;

    internal static OptionTable<LogFeedOptions> Ranges { get; } = new OptionTable<LogFeedOptions>("a log feed")
        .With(nameof(MaxPerSecond), OptionRange.Of(1, 10_000), static o => o.MaxPerSecond);

    private static string RedactSecrets(string name, string value) =>
        SecretNames.Any(secret => name.Contains(secret, StringComparison.OrdinalIgnoreCase)) ? "***" : value;
}
