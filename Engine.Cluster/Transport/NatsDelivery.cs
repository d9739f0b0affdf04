using Microsoft.Extensions.Primitives;
using NATS.Client.JetStream;

namespace Engine.Cluster.Transport;

/// <summary>A message of JetStream.</summary>
internal sealed class NatsDelivery(INatsJSMsg<byte[]> message) : TransportDelivery
{
    public override string Subject => message.Subject;

    public override ReadOnlyMemory<byte> Body => message.Data ?? [];

    public override int Attempt => (int)Math.Min(message.Metadata?.NumDelivered ?? 1, int.MaxValue);

    public override string? Header(string name) =>
        message.Headers is { } headers && headers.TryGetValue(name, out StringValues value) ? value.ToString() : null;

    public override ValueTask AckAsync(CancellationToken cancellationToken) => message.AckAsync(cancellationToken: cancellationToken);

    public override ValueTask NackAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        message.NakAsync(new AckOpts { NakDelay = delay }, cancellationToken);

    public override ValueTask ExtendAsync(CancellationToken cancellationToken) =>
        message.AckProgressAsync(cancellationToken: cancellationToken);

    public override ValueTask TerminateAsync(CancellationToken cancellationToken) =>
        message.AckTerminateAsync(cancellationToken: cancellationToken);
}
