using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Engine.Cluster.Transport;

/// <summary>Takes what the client of RabbitMQ delivers of a stream, on the client's thread.</summary>
/// <param name="channel">Its channel.</param>
/// <param name="take">Takes a message.</param>
/// <param name="gone">The broker has ended it.</param>
/// <param name="closed">The channel has ended.</param>
internal sealed class RabbitListener(IChannel channel, Func<RabbitArrival, Task> take, Action<IChannel> gone, Action closed)
    : AsyncDefaultBasicConsumer(channel)
{
    private const string OffsetHeader = "x-stream-offset";

    public override Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
        IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        long offset = properties.Headers is { } headers && headers.TryGetValue(OffsetHeader, out object? value) && value is long number
            ? number : throw new InvalidDataException($"A message of {routingKey} has no {OffsetHeader}: its queue is no stream.");
        // The bytes are the client's again when this returns.
        return take(new RabbitArrival(
            new RabbitMessage(offset, routingKey, body.ToArray(), properties.Headers, deliveryTag), properties.MessageId,
            properties.Type == RabbitMarker.Kind ? properties.MessageId : null));
    }

    public override async Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        gone(Channel);
        await base.HandleBasicCancelAsync(consumerTag, cancellationToken).ConfigureAwait(false);
    }

    public override async Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        closed();
        await base.HandleChannelShutdownAsync(channel, reason).ConfigureAwait(false);
    }
}

/// <summary>A message as it came.</summary>
/// <param name="Message">The message.</param>
/// <param name="MessageId">Its id; null for none.</param>
/// <param name="MarkerId">The marker's id; null if it is none.</param>
internal sealed record RabbitArrival(RabbitMessage Message, string? MessageId, string? MarkerId);
