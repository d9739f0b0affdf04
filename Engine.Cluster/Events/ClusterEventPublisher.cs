using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using Engine.Storage.Outbox;
using Engine.Storage.Records;

namespace Engine.Cluster.Events;

/// <summary>
/// Publishes the rows of an outbox to the fleet's broker, as CloudEvents. To complete is the broker's acknowledgement; the event's id is
/// the message's, so that one that is published again is kept once. Events of one key go to one stream, in order. Thread-safe.
/// </summary>
/// <param name="transport">The way to the broker; stays its maker's.</param>
/// <param name="shards">Shards of the fleet: as <see cref="ClusterOptions.Shards"/>.</param>
public sealed class ClusterEventPublisher(IClusterTransport transport, int shards) : IOutboxPublisher
{
    private readonly int _shards = shards is >= 1 and <= ClusterOptions.MaxShards ? shards
        : throw new ArgumentOutOfRangeException(nameof(shards), shards, "Shards must be 1 to 64.");

    /// <summary>Makes the streams of domain events, if they are not there.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClusterException">They cannot be made.</exception>
    public async Task EnsureStreamsAsync(CancellationToken cancellationToken)
    {
        for (int shard = 0; shard < _shards; shard++)
        {
            await transport.EnsureStreamAsync(
                new TransportStream(
                    ClusterNames.EventStream(shard, _shards), ClusterNames.EventSubjects(shard, _shards), IsQueue: false),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask PublishAsync(StoredEvent @event, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@event);
        string subject = ClusterNames.EventSubject(@event.Key ?? @event.Id.ToString("n"), _shards, @event.EventType);
        Task ack = await transport.BeginSendAsync(CloudEventHeaders.MessageOf(@event, subject), cancellationToken).ConfigureAwait(false);
        await ack.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
