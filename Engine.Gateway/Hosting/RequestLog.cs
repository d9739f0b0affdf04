using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Web;
using Engine.Tooling;
using Microsoft.AspNetCore.Http;

namespace Engine.Gateway.Hosting;

/// <summary>
/// Writes a line of JSON for each request when it has been answered; a stream's when it ends. Values of the query go through the
/// redaction of the log. No request waits for the disk: where lines come faster than they can be written they are left out, and the
/// next line says how many.
/// </summary>
internal sealed class RequestLog : IAsyncDisposable
{
    private const int MaxWaiting = 4096;
    private const int MaxText = 2_000;

    private static readonly TimeSpan s_stopTime = TimeSpan.FromSeconds(2);

    private readonly Channel<ReadOnlyMemory<byte>> _lines = Channel.CreateBounded<ReadOnlyMemory<byte>>(MaxWaiting);
    private readonly Func<string, string, string> _redact;
    private readonly Stream _stream;
    private readonly Task _task;
    private long _leftOut;

    private RequestLog(Stream stream, Func<string, string, string> redact)
    {
        (_stream, _redact) = (stream, redact);
        _task = Task.Run(WriteAllAsync);
    }

    /// <summary>Opens it; null if it is not asked for.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public static RequestLog? Open(RequestLogOptions options, LogFeedOptions redaction)
    {
        if (options.Path is not { } path)
            return null;
        try
        {
            Stream stream = path == RequestLogOptions.StandardError
                ? Console.OpenStandardError()
                : new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return new RequestLog(stream, redaction.Redact);
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException(
                $"{RequestLogOptions.SectionName}:{nameof(RequestLogOptions.Path)}: {ToolProgram.Shorten(path)} cannot be written " +
                $"({error.Message})");
        }
    }

    /// <summary>Answers a request by what is behind, and logs it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        long start = Stopwatch.GetTimestamp();
        // What has ended, the connection does not tell any more.
        IPAddress? address = context.Connection.RemoteIpAddress;
        bool hasFailed = true;
        try
        {
            await next(context).ConfigureAwait(false);
            hasFailed = false;
        }
        finally
        {
            Write(context, address, Stopwatch.GetElapsedTime(start), hasFailed);
        }
    }

    /// <summary>Writes what waits, for a few seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _task.WaitAsync(s_stopTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // What did not fit on the disk is lost.
        }
    }

    private void Write(HttpContext context, IPAddress? address, TimeSpan elapsed, bool hasFailed)
    {
        long leftOut = Interlocked.Exchange(ref _leftOut, 0);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, UtcTimeConverter.Write(DateTimeOffset.UtcNow));
            json.WriteString("method"u8, Short(context.Request.Method));
            json.WriteString("path"u8, Short(context.Request.Path.Value));
            json.WriteString("query"u8, Short(QueryOf(context.Request)));
            // An answer that has not begun becomes 500 behind this.
            bool isFault = hasFailed && !context.Response.HasStarted;
            json.WriteNumber("status"u8, isFault ? StatusCodes.Status500InternalServerError : context.Response.StatusCode);
            json.WriteNumber("ms"u8, Math.Round(elapsed.TotalMilliseconds, 3));
            json.WriteBoolean("aborted"u8, context.RequestAborted.IsCancellationRequested);
            json.WriteString("user"u8, context.Items[EngineServerExtensions.UserItem] as string ?? context.User.Identity?.Name);
            json.WriteString("address"u8, address?.ToString());
            json.WriteString("agent"u8, Short(context.Request.Headers.UserAgent));
            json.WriteString("trace_id"u8, Activity.Current?.TraceId.ToHexString());
            if (leftOut > 0)
                json.WriteNumber("left_out_before"u8, leftOut);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        if (!_lines.Writer.TryWrite(buffer.WrittenMemory))
            Interlocked.Add(ref _leftOut, leftOut + 1);
    }

    private string? QueryOf(HttpRequest request) => request.Query.Count == 0
        ? null
        : string.Join('&', request.Query.SelectMany(one => one.Value.Select(value => $"{one.Key}={Redacted(one.Key, value ?? "")}")));

    private string Redacted(string name, string value)
    {
        try
        {
            return _redact(name, value) ?? "***";
        }
        catch (Exception)
        {
            // Foreign code that cannot say what may be seen has not said it.
            return "***";
        }
    }

    private static string? Short(string? text) => text is { Length: > MaxText } ? text[..MaxText] + "..." : text;

    private async Task WriteAllAsync()
    {
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            int count = 0;
            try
            {
                for (; _lines.Reader.TryRead(out ReadOnlyMemory<byte> line); count++)
                    await _stream.WriteAsync(line).ConfigureAwait(false);
                await _stream.FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The disk is full, or nobody reads: the lines are lost, and the next one says so.
                Interlocked.Add(ref _leftOut, count + 1);
            }
        }
    }
}
