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
    // What waits for the end of a stream keeps all that it has in its hands. So nothing here awaits but the last step.
    public Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        if (gateway.IsStopping)
            return RefuseStoppingAsync(context);
        if (!Negotiation.Accepts(context.Request, Negotiation.EventStream))
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status406NotAcceptable,
                $"What is here is {Negotiation.EventStream}, which the Accept header excludes.");
        }

        var parameters = new StreamParameters(gateway);
        StreamRequest request = parameters.Read(context.Request, access);
        if (parameters.Errors.Count > 0)
            Interlocked.Increment(ref gateway.Counters.RefusedAsWrong);
        return parameters.IsRefused ? Problems.WriteAsync(context, parameters) : TakeSlotAsync(context, request);
    }

    private Task TakeSlotAsync(HttpContext context, StreamRequest request)
    {
        IDisposable? slot = gateway.Slots.TryTake(context.Connection.RemoteIpAddress, request.User, out string? refusal);
        if (slot is null)
        {
            Interlocked.Increment(ref gateway.Counters.RefusedByLimit);
            context.Response.Headers.RetryAfter = gateway.RetryAfter(context.Connection.RemoteIpAddress);
            return Problems.WriteAsync(
                context, StatusCodes.Status429TooManyRequests, $"Too many streams: {refusal}, and no more are allowed.");
        }

        try
        {
            ValueTask<StreamPlan> plan = StreamPlan.MakeAsync(
                request, gateway.History, gateway.Options, gateway.TimeProvider.GetUtcNow(), context.RequestAborted);
            return plan.IsCompletedSuccessfully
                ? StreamAsync(context, request, plan.Result, slot)
                : PlanAndStreamAsync(context, request, plan, slot);
        }
        catch
        {
            slot.Dispose();
            throw;
        }
    }

    // Where history has to be looked for on a disk.
    private async Task PlanAndStreamAsync(HttpContext context, StreamRequest request, ValueTask<StreamPlan> planning, IDisposable slot)
    {
        StreamPlan plan;
        try
        {
            plan = await planning.ConfigureAwait(false);
        }
        catch
        {
            slot.Dispose();
            throw;
        }

        await StreamAsync(context, request, plan, slot).ConfigureAwait(false);
    }

    // The slot is given back by what is returned, or here.
    private Task StreamAsync(HttpContext context, StreamRequest request, StreamPlan plan, IDisposable slot)
    {
        if (plan.IsOver)
        {
            slot.Dispose();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        CompressionPermit? permit = null;
        EventStream? stream = null;
        try
        {
            permit = CompressionPermit.Take(context.Request, gateway, plan);
            Prepare(context, permit.Encoding);
            var output = new ResponseOutput(context, permit.Encoding);
            var opening = new StreamOpening(request, plan, output, context.RequestAborted);
            stream = gateway.Open(opening);
            if (stream is not null)
            {
                ServerLog.Opened(logger, stream.Id, context.Connection.RemoteIpAddress, request.User, stream.FilterText);
                context.Response.Headers[FilterEndpoint.StreamHeader] = stream.Id.ToString(CultureInfo.InvariantCulture);
                return RunAsync(context, stream, stream.RunAsync(opening), new StreamHold(slot, permit, output));
            }

            output.Dispose();
        }
        catch
        {
            // Loggers are foreign code.
            if (stream is not null)
                gateway.Close(stream, StreamEnd.Failed);
            permit?.Dispose();
            slot.Dispose();
            throw;
        }

        permit.Dispose();
        slot.Dispose();
        context.Response.Headers.Clear();
        return RefuseStoppingAsync(context);
    }

    private async Task RunAsync(HttpContext context, EventStream stream, Task<StreamEnd> running, StreamHold hold)
    {
        StreamEnd end = StreamEnd.Failed;
        try
        {
            end = await running.ConfigureAwait(false);
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
            hold.Dispose();
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
