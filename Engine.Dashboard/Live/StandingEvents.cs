using System.Globalization;
using System.Text.Json;
using Engine.Dashboard.Api;
using Engine.Gateway.Client;

namespace Engine.Dashboard.Live;

/// <summary>
/// Reads the events that hold until the next of their kind: states and alerts. They are rare, so the newest events of all kinds, with
/// which a page begins, do not have them any more some minutes after the server's start.
/// </summary>
internal static class StandingEvents
{
    private const string Types = "node_status,container_status,pipeline_status,system_alert";

    // Alerts of the page and states of as many resources as it shows.
    private const int Limit = LiveState.MaxAlerts + (3 * LiveState.MaxResources);

    /// <summary>Gets the newest of them, oldest first; none if the server does not answer: the stream that follows says why.</summary>
    public static async Task<IReadOnlyList<ReceivedEvent>> ReadAsync(ApiClient api)
    {
        ApiAnswer answer = await api.GetAsync(
            "api/v1/events/history", ("type", Types), ("limit", Limit.ToString(CultureInfo.InvariantCulture))).ConfigureAwait(false);
        return answer.IsGood ? Parse(answer.Text) : [];
    }

    /// <summary>Reads a page of the history. One that has another form has no events.</summary>
    public static IReadOnlyList<ReceivedEvent> Parse(string page)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(page);
            return [.. document.RootElement.GetProperty("events").EnumerateArray().Select(Read)];
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return [];
        }
    }

    private static ReceivedEvent Read(JsonElement item)
    {
        JsonElement envelope = item.GetProperty("event");
        return new ReceivedEvent(
            item.GetProperty("id").GetString() ?? "", envelope.GetProperty("event").GetString() ?? "",
            envelope.GetProperty("timestamp").GetDateTimeOffset(), envelope.GetProperty("resource_id").GetString() ?? "",
            envelope.GetProperty("data").Clone());
    }
}
