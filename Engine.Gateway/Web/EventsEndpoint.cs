using System.Globalization;
using Engine.Gateway.Access;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Web;

/// <summary>Answers <c>GET /api/v1/events</c>.</summary>
internal sealed class EventsEndpoint(EventGateway gateway, ILogger<EventsEndpoint> logger)
{
    public async Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        if (gateway.IsStopping)
        {
            await RefuseStoppingAsync(context).ConfigureAwait(false);
            return;
        }

        if (!Negotiation.Accepts(context.Request, Negotiation.EventStream))
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status406NotAcceptable,
                $"What is here is {Negotiation.EventStream}, which the Accept header excludes.").ConfigureAwait(false);
            return;
        }

        var parameters = new StreamParameters(gateway);
        StreamRequest request = parameters.Read(context.Request, access);
        if (parameters.Errors.Count > 0)
        {
            Interlocked.Increment(ref gateway.Counters.RefusedAsWrong);
            await Problems.WriteAsync(context, parameters.Errors).ConfigureAwait(false);
            return;
        }

        if (parameters.IsForbidden)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "Nothing of what is asked for may be seen with this key.").ConfigureAwait(false);
            return;
        }

        await TakeSlotAsync(context, request).ConfigureAwait(false);
    }

    private async Task TakeSlotAsync(HttpContext context, StreamRequest request)
    {
        using IDisposable? slot = gateway.Slots.TryTake(context.Connection.RemoteIpAddress, request.User, out string? refusal);
        if (slot is null)
        {
            Interlocked.Increment(ref gateway.Counters.RefusedByLimit);
            context.Response.Headers.RetryAfter = gateway.RetryAfter(context.Connection.RemoteIpAddress);
            await Problems.WriteAsync(
                context, StatusCodes.Status429TooManyRequests,
                $"Too many streams: {refusal}, and no more are allowed.").ConfigureAwait(false);
            return;
        }

        StreamPlan plan = await StreamPlan.MakeAsync(
            request, gateway.History, gateway.Options, gateway.TimeProvider.GetUtcNow(), context.RequestAborted).ConfigureAwait(false);
        if (plan.IsOver)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        else
            await StreamAsync(context, request, plan).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpContext context, StreamRequest request, StreamPlan plan)
    {
        using CompressionPermit permit = CompressionPermit.Take(context.Request, gateway, plan);
        Prepare(context, permit.Encoding);
        using var output = new StreamOutput(context.Response.BodyWriter, permit.Encoding);
        EventStream? stream = gateway.Open(new StreamOpening(request, plan, output, context.Abort, context.RequestAborted));
        if (stream is null)
        {
            context.Response.Headers.Clear();
            await RefuseStoppingAsync(context).ConfigureAwait(false);
            return;
        }

        context.Response.Headers[FilterEndpoint.StreamHeader] = stream.Id.ToString(CultureInfo.InvariantCulture);
        StreamEnd end = StreamEnd.Failed;
        ServerLog.Opened(logger, stream.Id, context.Connection.RemoteIpAddress, request.User, stream.FilterText);
        try
        {
            end = await stream.RunAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            end = StreamEnd.ClientGone;
        }
        catch (Exception error)
        {
            ServerLog.Failed(logger, stream.Id, error);
            context.Abort();
        }
        finally
        {
            gateway.Close(stream, end);
            ServerLog.Closed(logger, stream.Id, end);
        }
    }

    private Task RefuseStoppingAsync(HttpContext context)
    {
        Interlocked.Increment(ref gateway.Counters.RefusedByStop);
        context.Response.Headers.RetryAfter = gateway.RetryAfter(context.Connection.RemoteIpAddress);
        return Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The server is stopping.");
    }

    private static void Prepare(HttpContext context, string encoding)
    {
        IHeaderDictionary headers = context.Response.Headers;
        context.Response.ContentType = Negotiation.EventStream + "; charset=utf-8";
        headers.CacheControl = "no-store";
        headers["X-Accel-Buffering"] = "no";
        headers.Vary = "Accept-Encoding";
        if (encoding != "identity")
            headers.ContentEncoding = encoding;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // A stream has a deadline of its own, and may have nothing to say for long.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }
}
