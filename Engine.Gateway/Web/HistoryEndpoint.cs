using System.Buffers;
using System.Text.Json;
using Engine.Gateway.Access;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Web;

/// <summary>
/// Answers <c>GET /api/v1/events/history</c>: the same filters as the stream, a page of JSON at a time, for clients without event
/// streams. A page has a cursor; the next page comes with it as <c>last_event_id</c>.
/// </summary>
internal sealed class HistoryEndpoint(EventGateway gateway)
{
    public async Task ServeAsync(HttpContext context, AccessVerdict access)
    {
        var parameters = new StreamParameters(gateway);
        StreamRequest request = parameters.Read(context.Request, access);
        if (parameters.IsRefused)
        {
            await Problems.WriteAsync(context, parameters).ConfigureAwait(false);
            return;
        }

        int limit = request.HistoryLimit ?? gateway.Options.HistoryDefault;
        StreamPlan plan = await StreamPlan.MakeAsync(
            request with { HistoryLimit = limit }, gateway.History, gateway.Options, gateway.TimeProvider.GetUtcNow(),
            context.RequestAborted).ConfigureAwait(false);
        var batch = new FrameBatch
        {
            Cursor = plan.Cursor,
            UpTo = plan.HistoryEnd,
            Filter = request.Filter,
            MaxFrames = limit,
            MaxBytes = 8 << 20,
        };
        await ReadAllAsync(batch, context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        Write(context.Response.BodyWriter, batch, plan);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private async ValueTask ReadAllAsync(FrameBatch batch, CancellationToken cancellationToken)
    {
        while (batch.Cursor < batch.UpTo && !batch.IsFull)
        {
            long before = batch.Cursor;
            await gateway.History.ReadAsync(batch, cancellationToken).ConfigureAwait(false);
            if (batch.Cursor == before)
                return;
        }
    }

    private void Write(IBufferWriter<byte> output, FrameBatch batch, StreamPlan plan)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (EventFrame frame in batch.Frames)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, new StreamCursor(gateway.History.Epoch, frame.Sequence).ToString());
            json.WritePropertyName("event"u8);
            json.WriteRawValue(frame.Envelope.Span, skipInputValidation: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next"u8, new StreamCursor(gateway.History.Epoch, batch.Cursor).ToString());
        json.WriteBoolean("has_more"u8, batch.Cursor < plan.HistoryEnd);
        json.WriteString("reset"u8, plan.ResetReason);
        long gapTo = Math.Max(batch.GapTo, batch.MissingTo);
        if (gapTo > 0)
        {
            json.WriteStartObject("gap"u8);
            json.WriteNumber("from"u8, batch.GapTo > 0 ? batch.GapFrom : plan.Cursor + 1);
            json.WriteNumber("to"u8, gapTo);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("gap"u8);
        }

        json.WriteEndObject();
    }
}
