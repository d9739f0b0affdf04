using System.Globalization;
using Engine.Gateway.Access;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Gateway.Web;

/// <summary>
/// Answers <c>POST /api/v1/events/streams/ID/filter</c>: the parameters of a stream, but for its range, which say what a stream that runs
/// sends from now on. Only who opened it may.
/// </summary>
internal static class FilterEndpoint
{
    /// <summary>The header in which a stream's answer has its number; the first comment has it too.</summary>
    public const string StreamHeader = "Engine-Stream";

    public static async Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        EventGateway gateway = context.RequestServices.GetRequiredService<EventGateway>();
        if (IsFromElsewhere(context.Request))
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "A page of another server may not change streams.").ConfigureAwait(false);
            return;
        }

        var parameters = new StreamParameters(gateway);
        FrameFilter filter = parameters.ReadChange(context.Request, access);
        if (parameters.IsRefused)
        {
            await Problems.WriteAsync(context, parameters).ConfigureAwait(false);
            return;
        }

        EventStream? stream = long.TryParse(
            context.Request.RouteValues["id"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? gateway.Find(id)
            : null;
        // Whether another's stream is there is nobody's business.
        if (stream is null || stream.User != access.User)
        {
            await Problems.WriteAsync(context, StatusCodes.Status404NotFound, "There is no such stream of yours.").ConfigureAwait(false);
            return;
        }

        await ChangeAsync(context, gateway, stream, filter).ConfigureAwait(false);
    }

    private static async Task ChangeAsync(HttpContext context, EventGateway gateway, EventStream stream, FrameFilter filter)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            long from = await stream.ChangeFilter(filter)
                .WaitAsync(gateway.Options.WriteTimeout, gateway.TimeProvider, context.RequestAborted).ConfigureAwait(false);
            await context.Response.WriteAsync(
                string.Create(CultureInfo.InvariantCulture, $"{{\"stream\":{stream.Id},\"from\":{from}}}")).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or TaskCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            // It ended meanwhile, or its client does not take what was sent before, or another change came behind this one.
            context.Response.StatusCode =
                gateway.Find(stream.Id) is null ? StatusCodes.Status404NotFound : StatusCodes.Status202Accepted;
        }
    }

    // Browsers say where a page is from that sends this without being asked.
    public static bool IsFromElsewhere(HttpRequest request) =>
        request.Headers.Origin is [{ Length: > 0 } origin]
        && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? from)
            && from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
}
