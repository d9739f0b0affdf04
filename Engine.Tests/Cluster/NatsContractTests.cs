using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Engine.Tests.Cluster;

/// <summary>NATS JetStream does what a transport has to do.</summary>
[TestFixture]
internal sealed class NatsContractTests : TransportContractTests
{
    private TestBroker? _broker;

    [OneTimeTearDown]
    public void Stop() => _broker?.Dispose();

    protected override IClusterTransport Connect() => (_broker ??= TestBroker.Start()).Connect();

    protected override async Task DeleteStreamAsync(string stream)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = _broker!.Broker.Url });
        await new NatsJSContext(connection).DeleteStreamAsync(stream);
    }
}
