using RabbitMQ.Client;

namespace Engine.Cluster.Transport;

/// <summary>
/// A message that consumers put into a stream themselves and keep: who has got it has got all before it, and it tells how long the
/// stream is. Thread-safe.
/// </summary>
internal sealed class RabbitMarker
{
    public const string Kind = "engine.marker";

    private readonly TaskCompletionSource<long> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = Guid.NewGuid().ToString("n");

    /// <summary>Its offset, once it came.</summary>
    public Task<long> Seen => _seen.Task;

    public void Set(long offset) => _seen.TrySetResult(offset);

    public async Task PublishAsync(RabbitLink link, string stream, CancellationToken cancellationToken)
    {
        await using IChannel channel = await link.OpenChannelAsync(confirms: true, cancellationToken).ConfigureAwait(false);
        await channel.BasicPublishAsync(
            string.Empty, stream, mandatory: true, new BasicProperties { Persistent = true, Type = Kind, MessageId = Id },
            ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a stream is so long that an offset is its next one, or was.</summary>
    public static async Task<bool> IsReachedAsync(
        RabbitLink link, string stream, long offset, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var marker = new RabbitMarker();
        await marker.PublishAsync(link, stream, cancellationToken).ConfigureAwait(false);
        await using IChannel channel = await link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
        await channel.BasicQosAsync(0, ushort.MaxValue, global: false, cancellationToken).ConfigureAwait(false);
        await channel.BasicConsumeAsync(
            stream, autoAck: false, string.Empty, noLocal: false, exclusive: false,
            new Dictionary<string, object?> { ["x-stream-offset"] = "last" },
            new RabbitListener(channel, Look, static _ => { }, static () => { }), cancellationToken).ConfigureAwait(false);
        return await marker.Seen.WaitAsync(timeout, cancellationToken).ConfigureAwait(false) >= offset;

        Task Look(RabbitArrival arrival)
        {
            if (arrival.MarkerId == marker.Id || arrival.Message.Offset >= offset)
                marker.Set(arrival.Message.Offset);
            return Task.CompletedTask;
        }
    }
}
