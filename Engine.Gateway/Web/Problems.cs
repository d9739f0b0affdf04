using Engine.Gateway.Access;
using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Web;

/// <summary>Answers with a problem, as RFC 9457 has them.</summary>
internal static class Problems
{
    public static Task RefuseAsync(HttpContext context, AccessVerdict access)
    {
        if (access.Outcome == AccessOutcome.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return WriteAsync(
                context, StatusCodes.Status401Unauthorized,
                $"An API key is needed, as \"Authorization: Bearer KEY\", as \"X-Api-Key: KEY\" or as the parameter " +
                $"{AccessGuard.QueryParameter}.");
        }

        return WriteAsync(
            context, StatusCodes.Status403Forbidden,
            "No API key is configured, so only this machine may connect, directly and by the name localhost or its loopback address.");
    }

    public static Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
    }

    public static Task WriteAsync(HttpContext context, IDictionary<string, string[]> errors)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Problem(new HttpValidationProblemDetails(errors)
        {
            Status = StatusCodes.Status400BadRequest,
            Title = "Parameters are wrong.",
            Detail = string.Join(' ', errors.Values.SelectMany(static texts => texts)),
        }).ExecuteAsync(context);
    }
}
