using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Server.Telemetry;

/// <summary>Answers <c>GET /api/v1/bus</c>: the counters of the server's bus as they are now, as <c>bus_status</c> has them.</summary>
internal sealed class BusEndpoint
{
    private const string Path = "/api/v1/bus";

    /// <summary>Reads the counters; set when the bus is there.</summary>
    public Func<BusStatus>? Read { get; set; }

    public static void Map(WebApplication app) => app.MapGet(Path, EngineServerExtensions.Guarded(static (context, access) =>
        context.RequestServices.GetRequiredService<BusEndpoint>().ServeAsync(context, access))).Noted(
        new EndpointNote("The bus's counters now.", typeof(BusStatus)));

    private Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        if (access.Allowed is not null)
            return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "Who may not see all events may not see the bus.");
        if (Read is not { } read)
            return Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The bus is being started.");
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(
            read(), GatewayJsonContext.Of<BusStatus>(), cancellationToken: context.RequestAborted);
    }
}
