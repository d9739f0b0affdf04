using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Gateway.Web;

/// <summary>Answers <c>GET /api/v1/events/statistics</c>: the gateway's figures.</summary>
internal static class StatisticsEndpoint
{
    private const int MaxStreams = 50;

    public static Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        // They tell of the streams of others.
        if (access.Allowed is not null)
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "Who may not see all events may not see the figures of all streams.");
        }

        EventGateway gateway = context.RequestServices.GetRequiredService<EventGateway>();
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(
            gateway.GetStatus(MaxStreams), GatewayJsonContext.Of<GatewayStatus>(), cancellationToken: context.RequestAborted);
    }
}
