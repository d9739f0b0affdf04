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

    /// <summary>Says why a request is refused, whose parameters are wrong or ask for what its key may not see.</summary>
    public static Task WriteAsync(HttpContext context, StreamParameters parameters) => parameters.Errors.Count > 0
        ? WriteAsync(context, parameters.Errors)
        : WriteAsync(context, StatusCodes.Status403Forbidden, "Nothing of what is asked for may be seen with this key.");

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
