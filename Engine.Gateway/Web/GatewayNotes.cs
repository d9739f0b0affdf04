using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Web;

/// <summary>What the gateway's endpoints are, for a description of the server.</summary>
internal static class GatewayNotes
{
    private static readonly ParameterNote[] s_filters =
    [
        new("type", "Wire names, repeated or separated by commas.", IsRepeated: true),
        new("resource_id", "What events are about; exact.", IsRepeated: true),
        new("source", "Where they come from; exact.", IsRepeated: true),
        new("node_id", "The node they belong to; exact.", IsRepeated: true),
        new("pipeline_id", "The pipeline they belong to; exact.", IsRepeated: true),
        new("level", $"One of {string.Join(", ", EventLevels.All)}.", IsRepeated: true),
        new("min_level", "The least level."),
        new("filter", "A condition on the envelope, such as: data.level in ('error', 'critical')."),
        new(AccessGuard.QueryParameter, "The API key, for clients that cannot set headers."),
    ];

    private static readonly ParameterNote[] s_range =
    [
        new("start_time", "The earliest time of recording.", ParameterKind.Time),
        new("end_time", "The time of recording before which events end.", ParameterKind.Time),
        new("limit", "The newest so many events of the range: 1 to 10,000.", ParameterKind.Number),
        new("last_event_id", "Go on behind this event; the header Last-Event-ID wins."),
    ];

    public static EndpointNote Events { get; } = new("The stream of events, as server-sent events.", null, [.. s_filters, .. s_range])
    {
        ContentType = Negotiation.EventStream,
        Others = new Dictionary<int, string>
        {
            [StatusCodes.Status204NoContent] = "The range behind this cursor is over.",
            [StatusCodes.Status406NotAcceptable] = "The Accept header excludes event streams.",
            [StatusCodes.Status429TooManyRequests] = "Too many streams; Retry-After says when to come again.",
            [StatusCodes.Status503ServiceUnavailable] = "The server is stopping; Retry-After says when to come again.",
        },
    };

    public static EndpointNote History { get; } = new(
        "A page of events, the oldest first, for clients without event streams.", typeof(HistoryPage), [.. s_filters, .. s_range]);

    public static EndpointNote Statistics { get; } = new("The gateway's figures and its streams.", typeof(GatewayStatus));

    public static EndpointNote Accounting { get; } = new(
        "What became of the events of each machine, type and producer.", typeof(MachineAccounts));

    public static EndpointNote Filter { get; } = new(
        "Gives a stream that runs another filter.", typeof(FilterChange),
        [new("id", "The stream's number, as its header Engine-Stream says.", ParameterKind.Number), .. s_filters])
    {
        Others = new Dictionary<int, string>
        {
            [StatusCodes.Status202Accepted] = "It will, but the client has not taken yet what was sent before.",
            [StatusCodes.Status404NotFound] = "There is no such stream of yours.",
        },
    };

    public static EndpointNote Live { get; } = new("Whether the process answers.", null) { ContentType = "text/plain" };

    public static EndpointNote Ready { get; } = new("Whether the server is well: Healthy, Degraded or Unhealthy.", null)
    {
        ContentType = "text/plain",
        Others = new Dictionary<int, string> { [StatusCodes.Status503ServiceUnavailable] = "It is not." },
    };
}

/// <summary><c>GET /api/v1/events/history</c>: a page of events.</summary>
/// <param name="Events">The events, the oldest first.</param>
/// <param name="Next">What to give as <c>last_event_id</c> for the next page.</param>
/// <param name="HasMore">Whether there is one.</param>
/// <param name="Reset">Why the cursor meant nothing; null if it did.</param>
/// <param name="Gap">Places of which events are missing because they are not kept any more; null for none.</param>
internal sealed record HistoryPage(IReadOnlyList<HistoryItem> Events, string Next, bool HasMore, string? Reset, HistoryGap? Gap);

/// <summary>An event with its cursor.</summary>
internal sealed record HistoryItem(string Id, Envelope Event);

/// <summary>An event as all endpoints have it.</summary>
/// <param name="Event">The wire name of its type.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="ResourceId">What it is about.</param>
/// <param name="Data">What the type's schema says.</param>
internal sealed record Envelope(string Event, DateTimeOffset Timestamp, string ResourceId, object Data);

/// <summary>Places of which events are missing.</summary>
internal sealed record HistoryGap(long From, long To);

/// <summary><c>POST /api/v1/events/streams/ID/filter</c>: the first event that the new filter decides about.</summary>
internal sealed record FilterChange(long Stream, long From);
