using Engine.Gateway.Access;
using Engine.Gateway.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Engine.Dashboard.Hosting;

/// <summary>
/// Who gets the pages. They hold no figures: these come over the public endpoints, with the user's key. But what asks there is this
/// machine, so where there are no keys nobody else may have a page, and no page of another server may open a connection of its own.
/// </summary>
internal sealed class DashboardGate(AccessGuard guard)
{
    private const string Connection = "/_blazor";
    private const long MaxBodyBytes = 64 << 10;

    public Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        bool isConnection = context.Request.Path.StartsWithSegments(Connection, StringComparison.OrdinalIgnoreCase);
        bool isPage = isConnection || context.GetEndpoint()?.Metadata
            .GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;
        if (!isPage)
            return next(context);
        if (!guard.HasAuthentication)
        {
            AccessVerdict access = guard.Check(context);
            if (access.Outcome != AccessOutcome.Allowed)
                return Problems.RefuseAsync(context, access);
        }

        if (isConnection && FilterEndpoint.IsFromElsewhere(context.Request))
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "A page of another server may not connect here.");
        }

        if (isConnection && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBodyBytes;
        Protect(context.Response.Headers);
        return next(context);
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        // Nothing comes from elsewhere, and nothing goes there. Components set styles on elements; scripts come from files only.
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
            "connect-src 'self'; img-src 'self' data:; font-src 'self' data:; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
    }
}
