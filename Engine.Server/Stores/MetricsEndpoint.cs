using Engine.Storage.Facade;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Server.Stores;

/// <summary>Answers <c>GET /api/v1/metrics/events</c>: how many stored events were handled, and how long that took.</summary>
internal static class MetricsEndpoint
{
    public static async Task ServeAsync(HttpContext context, EventDrivenStorage storage)
    {
        var parameters = new StoreParameters(context.Request.Query);
        if (await parameters.RefuseAsync(context).ConfigureAwait(false))
            return;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "application/json; charset=utf-8";
        byte[] json = context.RequestServices.GetRequiredService<StoreAccess>().Store!.Architecture.Monitor.GetMetrics().ToJson();
        await context.Response.Body.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }
}
