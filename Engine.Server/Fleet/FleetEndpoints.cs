using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Dashboard.Api;
using Engine.Gateway.Access;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Server.Fleet;

/// <summary>
/// Maps what a hub knows of its fleet, as JSON: <c>GET /api/v1/fleet</c> and <c>GET /api/v1/fleet/top</c>. For those only who may see
/// all events.
/// </summary>
internal static class FleetEndpoints
{
    private const int MaxHosts = 1000;
    private const int MaxTop = 100;
    private const string Lost = "lost";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder api = endpoints.MapGroup("/api/v1/fleet");
        api.MapGet("", EngineServerExtensions.Guarded(static (context, access) => ServeAsync(context, access, HostsAsync)))
            .Noted(FleetNotes.Hosts);
        api.MapGet("/top", EngineServerExtensions.Guarded(static (context, access) => ServeAsync(context, access, TopAsync)))
            .Noted(FleetNotes.Top);
    }

    private static async Task ServeAsync(
        HttpContext context, AccessVerdict access, Func<HttpContext, FleetAccess, Task> serve)
    {
        FleetAccess fleet = context.RequestServices.GetRequiredService<FleetAccess>();
        try
        {
            if (access.Allowed is not null)
                await RefuseAsync(403, "Who may not see all events may not see the fleet.").ConfigureAwait(false);
            else if (fleet.Options is null)
                await RefuseAsync(404, "No fleet is configured: set Fleet:Url, such as \"nats://127.0.0.1:4222\".").ConfigureAwait(false);
            else
                await serve(context, fleet).ConfigureAwait(false);
        }
        catch (ClusterException error) when (!context.Response.HasStarted)
        {
            await RefuseAsync(503, error.Message).ConfigureAwait(false);
        }

        Task RefuseAsync(int status, string text) => Problems.WriteAsync(context, status, text);
    }

    private static async Task HostsAsync(HttpContext context, FleetAccess access)
    {
        var parameters = new FleetParameters(context.Request.Query, "after", "state", "limit");
        string after = parameters.Text("after");
        HostState? state = parameters.State("state");
        int limit = parameters.Number("limit", 1, MaxHosts, 200);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false)
            || await AskAsync(context, access).ConfigureAwait(false) is not { } fleet)
            return;
        FleetHost[] wanted =
        [
            .. fleet.Hosts.Where(host => string.CompareOrdinal(host.Name, after) > 0 && (state is null || host.State == state)),
        ];
        await AnswerAsync(context, new FleetStatus(
            access.Options!.Url, fleet.At, fleet.Hosts.Count,
            [
                .. Enum.GetValues<HostState>().Select(one => new NamedCount(
                    one.ToString().ToLowerInvariant(), fleet.Hosts.Count(host => host.State == one))),
            ],
            [.. wanted.Take(limit).Select(ItemOf)], Math.Max(0, wanted.Length - limit), fleet.Faults)).ConfigureAwait(false);
    }

    private static async Task TopAsync(HttpContext context, FleetAccess access)
    {
        var parameters = new FleetParameters(context.Request.Query, "by", "limit");
        string by = parameters.Text("by") is { Length: > 0 } text ? text : "vm.page-fault";
        int limit = parameters.Number("limit", 1, MaxTop, 10);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false)
            || await AskAsync(context, access).ConfigureAwait(false) is not { } fleet)
            return;
        IReadOnlyList<FleetCount> counts = by == Lost ? fleet.TopLosses(limit) : fleet.Top(by, limit);
        IReadOnlyList<FleetCount> own = by == Lost ? [] : fleet.TopAtSource(by, limit);
        await AnswerAsync(context, new FleetTop(by, [.. counts.Select(TopOf)], [.. own.Select(TopOf)])).ConfigureAwait(false);

        static FleetTopItem TopOf(FleetCount one) =>
            new(one.Host, one.Count.Machine, one.Count.EventType, one.Count.Events, one.Count.Lost);
    }

    private static async Task<FleetSnapshot?> AskAsync(HttpContext context, FleetAccess access)
    {
        FleetSnapshot? fleet = await access.ReadAsync(context.RequestAborted).ConfigureAwait(false);
        if (fleet is null)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, $"No hub answers at {access.Options}.").ConfigureAwait(false);
        }

        return fleet;
    }

    private static Task AnswerAsync<T>(HttpContext context, T answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, ApiJson.Options, context.RequestAborted);
    }

    private static FleetHostItem ItemOf(FleetHost host)
    {
        PublisherStatistics? publisher = host.Heartbeat.Publisher;
        FrameLedger ledger = host.Ledger ?? new FrameLedger(0, 0, 0, 0, 0, 0);
        HostCapacity capacity = host.Heartbeat.Capacity;
        return new FleetHostItem(
            host.Name, host.State.ToString().ToLowerInvariant(), host.SilentFor.TotalSeconds, host.ClockSkew.TotalMilliseconds, host.Starts,
            capacity.Cores, capacity.MemoryBytes, capacity.Machines, capacity.EventsLost, publisher?.Journal, ledger.Stored, ledger.Unsent,
            ledger.Sent, ledger.Received, ledger.InFlight, ledger.Lost, publisher?.BacklogBytes ?? 0, host.Hub?.Events ?? 0,
            host.Hub?.Bytes ?? 0, host.Hub?.Duplicates ?? 0, host.Hub?.Gaps ?? 0,
            publisher is null or { Fault: ClusterFault.None } ? null : publisher.Fault.ToString(), publisher?.FaultMessage);
    }
}
