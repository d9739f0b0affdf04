using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Engine.Gateway.Events;
using Engine.Primitives;

namespace Engine.Gateway.Client;

/// <summary>
/// Reads a gateway's stream: connects again when it is cut off, with waits that grow, and goes on behind the last event it had, so
/// that each event comes once. For one reader at a time.
/// </summary>
/// <param name="http">How to connect; its own time-out should be infinite.</param>
/// <param name="address">The stream, with its parameters.</param>
/// <param name="options">How to read.</param>
/// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
public sealed class EventStreamClient(HttpClient http, Uri address, EventStreamClientOptions? options = null)
{
    private readonly EventStreamClientOptions _options = Checked(options);
    private TimeSpan? _retry;
    private TimeSpan _previousWait;

    /// <summary>The last event that was read, or passed by the filter; null before the first.</summary>
    public string? LastEventId { get; private set; } = options?.LastEventId;

    /// <summary>Reads events until the server says that there are no more, or the reader ends.</summary>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="HttpRequestException">The server refuses the request for good: parameters, key or address are wrong.</exception>
    /// <exception cref="InvalidDataException">What came is no event of a gateway. Reading again goes on behind it.</exception>
    public async IAsyncEnumerable<ReceivedEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            TimeSpan? wait = null;
            (HttpResponseMessage? response, Exception? error) = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            using (response)
            {
                if (response?.StatusCode == HttpStatusCode.NoContent)
                    yield break;
                if (response?.StatusCode == HttpStatusCode.OK)
                {
                    using var stream = new TimedStream(
                        await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _options.ReadTimeout);
                    SseParser<string> parser = SseParser.Create(stream);
                    await using IAsyncEnumerator<SseItem<string>> items =
                        parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
                    while (true)
                    {
                        (bool hasItem, error) = await MoveNextAsync(items, cancellationToken).ConfigureAwait(false);
                        Follow(parser, hasItem ? parser.LastEventId : stream.LastWholeId);
                        if (!hasItem)
                            break;
                        _previousWait = TimeSpan.Zero;
                        if (items.Current.EventType == ControlEvents.End)
                            yield break;
                        if (Take(items.Current) is { } @event)
                            yield return @event;
                    }
                }
                else if (response is not null)
                {
                    wait = RetryAfterOf(response);
                }
            }

            await WaitAsync(error, wait, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<(HttpResponseMessage? Response, Exception? Error)> ConnectAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (_options.ApiKey is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.ApiKey);
        if (LastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", LastEventId);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The second is the time-out of the HTTP client.
            return (null, error);
        }

        if ((int)response.StatusCode is < 400 or 408 or 429 or >= 500)
            return (response, null);
        string reason = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        HttpStatusCode status = response.StatusCode;
        response.Dispose();
        throw new HttpRequestException($"The event stream was refused with {(int)status}: {reason}", null, status);
    }

    private static async ValueTask<(bool HasItem, Exception? Error)> MoveNextAsync(
        IAsyncEnumerator<SseItem<string>> items, CancellationToken cancellationToken)
    {
        try
        {
            return (await items.MoveNextAsync().ConfigureAwait(false), null);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or TimeoutException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (false, error);
        }
    }

    // Blocks with nothing but an id move it too; one that was cut off does not, though the parser has its id already.
    private void Follow(SseParser<string> parser, string lastEventId)
    {
        if (lastEventId.Length > 0)
            LastEventId = lastEventId;
        // A server may say zero, which would be no wait at all.
        if (parser.ReconnectionInterval > TimeSpan.Zero && parser.ReconnectionInterval != Timeout.InfiniteTimeSpan)
            _retry = parser.ReconnectionInterval;
    }

    private ReceivedEvent? Take(SseItem<string> item)
    {
        ReceivedEvent? @event;
        Action? tell;
        try
        {
            (@event, tell) = Understand(item);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"What came at {LastEventId ?? "the beginning"} is no event of a gateway ({error.Message}); " +
                "reading again goes on behind it.",
                error);
        }

        tell?.Invoke();
        return @event;
    }

    private (ReceivedEvent? Event, Action? Tell) Understand(SseItem<string> item)
    {
        using JsonDocument json = JsonDocument.Parse(item.Data);
        JsonElement data = json.RootElement;
        switch (item.EventType)
        {
            case ControlEvents.Gap:
                JsonElement dropped = data.GetProperty("dropped");
                var gap = new StreamGap(
                    data.GetProperty("from").GetInt64(), data.GetProperty("to").GetInt64(), data.GetProperty("reason").GetString()!,
                    dropped.ValueKind == JsonValueKind.Number ? dropped.GetInt64() : null);
                return (null, () => _options.OnGap?.Invoke(gap));
            case ControlEvents.Reset:
                var reset = new StreamReset(
                    data.GetProperty("epoch").GetString()!, data.GetProperty("from").GetInt64(), data.GetProperty("reason").GetString()!);
                return (null, () => _options.OnReset?.Invoke(reset));
            case ControlEvents.CaughtUp:
                return (null, _options.OnCaughtUp);
            case ControlEvents.Degraded or ControlEvents.Filter:
                return (null, null);
            default:
                return (
                    new ReceivedEvent(
                        LastEventId ?? "", item.EventType, data.GetProperty("timestamp").GetDateTimeOffset(),
                        data.GetProperty("resource_id").GetString() ?? "", data.GetProperty("data").Clone()),
                    null);
        }
    }

    private Task WaitAsync(Exception? error, TimeSpan? wanted, CancellationToken cancellationToken)
    {
        // Without order: many clients that lost one server must not come back together.
        TimeSpan wait = new Backoff(_retry ?? _options.MinBackoff, _options.MaxBackoff).Decorrelated(_previousWait, Random.Shared);
        _previousWait = wait;
        // A server, or whoever answers in its place, may say anything; timers count so far.
        if (wanted > wait)
            wait = wanted < EventStreamClientOptions.LongestWait ? wanted.Value : EventStreamClientOptions.LongestWait;
        _options.OnDisconnected?.Invoke(error, wait);
        return Task.Delay(wait, _options.TimeProvider, cancellationToken);
    }

    private static EventStreamClientOptions Checked(EventStreamClientOptions? options)
    {
        options ??= new EventStreamClientOptions();
        options.Validate();
        return options;
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) =>
        response.Headers.RetryAfter?.Delta
        ?? (response.Headers.RetryAfter?.Date is { } date ? date - _options.TimeProvider.GetUtcNow() : null);
}
