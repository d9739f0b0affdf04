using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Engine.Tests.Cluster;

/// <summary>NATS JetStream does what a transport has to do.</summary>
[TestFixture]
internal sealed class NatsContractTests : TransportContractTests
{
    private TestBroker? _broker;

    [OneTimeTearDown]
    public void Stop() => _broker?.Dispose();

    [Test]
    public async Task What_a_queue_holds_is_pending_although_the_brokers_consumer_knows_nothing_of_it()
    {
        await using IClusterTransport transport = Connect();
        await transport.EnsureStreamAsync(new TransportStream("blind", "blind.>", IsQueue: true), CancellationToken.None);
        await (await transport.BeginSendAsync(
            new TransportMessage("blind.some", "1", new byte[1], new Dictionary<string, string>()), CancellationToken.None));
        await using var connection = new NatsConnection(new NatsOpts { Url = _broker!.Broker.Url });
        // As one whose nodes do not agree: there is something, it says that there is nothing, and it gives nothing.
        await new NatsJSContext(connection).CreateOrUpdateConsumerAsync(
            "blind", new ConsumerConfig("group") { FilterSubject = "blind.other" });
        Assert.That(await transport.CountPendingAsync("blind", "group", CancellationToken.None), Is.EqualTo(1));
        await transport.ResetConsumerAsync("blind", "group", CancellationToken.None);
        await transport.EnsureConsumerAsync("blind", "group", isOrdered: false, CancellationToken.None);
        await TakeAsync("blind", 1);
    }

    protected override IClusterTransport Connect() => (_broker ??= TestBroker.Start()).Connect();

    protected override async Task DeleteStreamAsync(string stream)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = _broker!.Broker.Url });
        await new NatsJSContext(connection).DeleteStreamAsync(stream);
    }
}
