using Engine.Cluster.Local;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Engine.Bench.Chaos;

/// <summary>
/// RabbitMQ, whose streams are never full: it refuses what comes where its disk has less free than it is told to keep. Not thread-safe.
/// </summary>
internal sealed class RabbitChaosBroker(string folder, int nodes) : ChaosBroker
{
    private readonly LocalRabbit _broker = LocalRabbit.Start(folder, nodes: nodes);

    public override string Url => _broker.Url;

    public override int NodeCount => _broker.NodeCount;

    public override string Scheme => "amqp";

    // A node takes many seconds to start where processors are few.
    public override TimeSpan Patience => TimeSpan.FromMinutes(10);

    public override int PortOf(int node) => _broker.PortOf(node);

    public override void Kill(int node) => _broker.Kill(node);

    public override void Restart(int node) => _broker.Restart(node);

    public override async Task DeleteStreamAsync(string stream)
    {
        try
        {
            var factory = new ConnectionFactory();
            await using IConnection connection = await factory.CreateConnectionAsync(
                [.. Enumerable.Range(0, NodeCount).Select(node => new AmqpTcpEndpoint("127.0.0.1", PortOf(node)))]).ConfigureAwait(false);
            await using IChannel channel = await connection.CreateChannelAsync().ConfigureAwait(false);
            await channel.QueueDeleteAsync(stream).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException or OperationCanceledException)
        {
            // The stream has no leader at the moment.
        }
    }

    public override void TakeRoom() => _broker.Control("set_disk_free_limit", "500000GB");

    public override void GiveRoom() => _broker.Control("set_disk_free_limit", "1MB");

    public override void Dispose() => _broker.Dispose();
}
