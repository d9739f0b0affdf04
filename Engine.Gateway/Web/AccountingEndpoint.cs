using Engine.Gateway.Access;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Gateway.Web;

/// <summary>Answers <c>GET /api/v1/events/accounting</c>: what became of the events of each machine, type and producer.</summary>
internal static class AccountingEndpoint
{
    public static Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        if (access.Allowed is not null)
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "Who may not see all events may not see what became of all.");
        }

        EventGateway gateway = context.RequestServices.GetRequiredService<EventGateway>();
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(
            gateway.GetAccounts(), GatewayJsonContext.Of<MachineAccounts>(), cancellationToken: context.RequestAborted);
    }
}
