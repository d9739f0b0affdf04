using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>system_alert</c>: something went wrong, got worse or better, or is over. The resource is the alert.</summary>
/// <param name="Level">How bad it is: see <see cref="EventLevels"/>.</param>
/// <param name="Category">What it is about: <c>resource</c>, ...</param>
/// <param name="Title">A few words.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Source">What it belongs to.</param>
/// <param name="Details">The figures behind it.</param>
/// <param name="Actions">What can be done.</param>
public sealed record SystemAlert(
    string Level,
    string Category,
    string Title,
    string Message,
    string Source,
    AlertDetails Details,
    IReadOnlyList<AlertAction> Actions) : IGatewayEvent<SystemAlert>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("system.alert");

    /// <inheritdoc/>
    public EventFacets GetFacets() => new(Level: Level, Source: Source);

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems()
        .Level(Level).Required(Category, "category").Required(Title, "title").Required(Message, "message").Required(Source, "source")
        .NotNull(Details, "details").NotNull(Actions, "actions").Found;
}

/// <summary>The figures behind an alert.</summary>
/// <param name="Threshold">The limit that was passed; null if there is none.</param>
/// <param name="CurrentValue">The value measured last; null if it is not known any more.</param>
/// <param name="Duration">How long it has been so, as in <c>5m</c>; null if that is not known.</param>
public sealed record AlertDetails(double? Threshold, double? CurrentValue, string? Duration)
{
    /// <summary>What else is known, by name.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>What can be done about an alert.</summary>
/// <param name="Type">What: <c>scale_up</c>, ...</param>
/// <param name="Target">With what.</param>
/// <param name="Params">How, by name.</param>
public sealed record AlertAction(string Type, string Target, IReadOnlyDictionary<string, JsonElement>? Params);
