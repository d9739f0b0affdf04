using System.Text;

namespace Engine.Cluster.Transport;

/// <summary>A message of a stream of RabbitMQ. The broker knows no settlement of it: its consumer does.</summary>
internal sealed class RabbitDelivery(RabbitConsumer consumer, RabbitMessage message, int attempt) : TransportDelivery
{
    private int _isSettled;

    public override string Subject => message.Subject;

    public override ReadOnlyMemory<byte> Body => message.Body;

    public override int Attempt => attempt;

    public override string? Header(string name) => message.Headers?.TryGetValue(name, out object? value) != true ? null
        : value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : value?.ToString();

    public override ValueTask AckAsync(CancellationToken cancellationToken) => SettleAsync();

    public override ValueTask NackAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isSettled, 1) == 0)
            consumer.Return(message, attempt, delay);
        return default;
    }

    public override ValueTask ExtendAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isSettled) == 0)
            consumer.Extend(message, attempt);
        return default;
    }

    public override ValueTask TerminateAsync(CancellationToken cancellationToken) => SettleAsync();

    private ValueTask SettleAsync() => Interlocked.Exchange(ref _isSettled, 1) == 0
        ? consumer.SettleAsync(message) : default;
}

/// <summary>A message of a stream.</summary>
/// <param name="Offset">Its place in the stream.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Body">Its bytes, copied.</param>
/// <param name="Headers">As the client gives them.</param>
/// <param name="Tag">What the broker calls the delivery.</param>
internal sealed record RabbitMessage(
    long Offset, string Subject, ReadOnlyMemory<byte> Body, IDictionary<string, object?>? Headers, ulong Tag);
