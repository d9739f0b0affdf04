using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Engine.Gateway.Events;
using Microsoft.AspNetCore.Http;

namespace Engine.Bench.Sse;

/// <summary>
/// What the gateway is compared with: the platform's own server-sent events, a bounded channel for each stream. It has no history,
/// no resume, no limits and no filters.
/// </summary>
internal sealed class PeerFeed
{
    public const string Path = "/peer";

    /// <summary>Events that a stream may be behind.</summary>
    public const int Capacity = 1_024;

    private readonly Lock _lock = new();
    private Channel<PeerEvent>[] _channels = [];

    public void Publish(string message)
    {
        var @event = new PeerEvent(
            "system_log", DateTimeOffset.UtcNow, "bench", new SystemLog("info", "bench", message, "bench", null, null));
        foreach (Channel<PeerEvent> channel in Volatile.Read(ref _channels))
            _ = channel.Writer.TryWrite(@event);
    }

    public IResult Serve(HttpContext context) => TypedResults.ServerSentEvents(ReadAsync(context.RequestAborted));

    public void Complete()
    {
        foreach (Channel<PeerEvent> channel in Volatile.Read(ref _channels))
            channel.Writer.TryComplete();
    }

    private async IAsyncEnumerable<SseItem<PeerEvent>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<PeerEvent>(Capacity);
        lock (_lock)
            _channels = [.. _channels, channel];
        try
        {
            // So that the client knows that it is there, as the gateway tells it.
            yield return new SseItem<PeerEvent>(new PeerEvent("hello", DateTimeOffset.UtcNow, "bench", null), "hello");
            await foreach (PeerEvent @event in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return new SseItem<PeerEvent>(@event, @event.Event);
        }
        finally
        {
            lock (_lock)
                _channels = [.. _channels.Where(other => other != channel)];
        }
    }
}

/// <summary>An event with its envelope.</summary>
internal sealed record PeerEvent(string Event, DateTimeOffset Timestamp, string ResourceId, SystemLog? Data);
