using Engine.Cluster.Local;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Engine.Bench.Chaos;

/// <summary>NATS, whose streams are full when nobody consumes. Not thread-safe.</summary>
internal class NatsChaosBroker(string folder, int nodes) : ChaosBroker
{
    private readonly LocalBroker _broker = LocalBroker.Start(folder, nodes);

    public override string Url => _broker.Url;

    public override int NodeCount => _broker.NodeCount;

    public override string Scheme => "nats";

    public override TimeSpan Patience => TimeSpan.FromMinutes(5);

    public override int PortOf(int node) => _broker.PortOf(node);

    public override void Kill(int node) => _broker.Kill(node);

    public override void Restart(int node) => _broker.Restart(node);

    public override async Task DeleteStreamAsync(string stream)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = Url });
        try
        {
            await new NatsJSContext(connection).DeleteStreamAsync(stream).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NatsException)
        {
            // The broker has no leader at the moment, or the stream is not there.
        }
    }

    public override void Dispose() => _broker.Dispose();
}
