using System.Globalization;
using System.Text;
using RabbitMQ.Client;

namespace Engine.Cluster.Transport;

/// <summary>
/// How far a consumer of a stream has got, at the broker: a queue that holds its last message only. It may be older than the truth, and
/// then messages come again. Used by one thread at a time.
/// </summary>
internal sealed class RabbitPlace(RabbitLink link, string stream, string consumer, int replicas)
{
    private readonly string _queue = $"{stream}.{consumer}";

    /// <summary>Makes the queue, if it is not there.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await using IChannel channel = await link.OpenChannelAsync(confirms: false, cancellationToken).ConfigureAwait(false);
        await channel.QueueDeclareAsync(
            _queue, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?>
            {
                ["x-queue-type"] = "quorum",
                ["x-quorum-initial-group-size"] = replicas,
                ["x-max-length"] = 1,
                ["x-overflow"] = "drop-head",
            },
            cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The offset that is next; 0 if none was saved.</summary>
    public async Task<long> LoadAsync(CancellationToken cancellationToken)
    {
        await using IChannel channel = await link.OpenChannelAsync(confirms: true, cancellationToken).ConfigureAwait(false);
        if (await channel.BasicGetAsync(_queue, autoAck: false, cancellationToken).ConfigureAwait(false) is not { } kept)
            return 0;
        string text = Encoding.UTF8.GetString(kept.Body.Span);
        long next = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
        // The same again, and not the old one returned: brokers count returns, and drop what came back too often.
        await PublishAsync(channel, next, cancellationToken).ConfigureAwait(false);
        await channel.BasicAckAsync(kept.DeliveryTag, multiple: false, cancellationToken).ConfigureAwait(false);
        return next;
    }

    /// <summary>Saves it; ends when the broker has it.</summary>
    public async Task SaveAsync(long next, CancellationToken cancellationToken)
    {
        await using IChannel channel = await link.OpenChannelAsync(confirms: true, cancellationToken).ConfigureAwait(false);
        await PublishAsync(channel, next, cancellationToken).ConfigureAwait(false);
    }

    private async Task PublishAsync(IChannel channel, long next, CancellationToken cancellationToken) =>
        await channel.BasicPublishAsync(
            string.Empty, _queue, mandatory: true, new BasicProperties { Persistent = true },
            Encoding.UTF8.GetBytes(next.ToString(CultureInfo.InvariantCulture)), cancellationToken).ConfigureAwait(false);
}
