using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>system_log</c>: a line of a log. The resource is the log.</summary>
/// <param name="Level">How bad it is: see <see cref="EventLevels"/>.</param>
/// <param name="Component">What logged it.</param>
/// <param name="Message">What it says.</param>
/// <param name="Source">What it is about.</param>
/// <param name="TraceId">The trace it belongs to; null if to none.</param>
/// <param name="Context">Who did what; null if that is not known.</param>
public sealed record SystemLog(
    string Level, string Component, string Message, string Source, string? TraceId, LogContext? Context) : IGatewayEvent<SystemLog>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("system.log");

    /// <inheritdoc/>
    public EventFacets GetFacets() => new(Level: Level, Source: Source);

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems()
        .Level(Level).Required(Component, "component").NotNull(Message, "message").Text(Message, "message")
        .Required(Source, "source").Found;
}

/// <summary>Who did what, of a line of a log.</summary>
/// <param name="UserId">Who; null if nobody.</param>
/// <param name="Action">What was done; null if that is not known.</param>
/// <param name="Params">How, by name.</param>
public sealed record LogContext(string? UserId, string? Action, IReadOnlyDictionary<string, JsonElement>? Params)
{
    /// <summary>What else is known, by name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}
