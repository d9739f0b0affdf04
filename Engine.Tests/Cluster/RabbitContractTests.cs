using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Transport;
using Engine.Tests.Support;
using RabbitMQ.Client;

namespace Engine.Tests.Cluster;

/// <summary>RabbitMQ's streams do what a transport has to do. One server for all of it: it takes seconds to start.</summary>
[TestFixture]
internal sealed class RabbitContractTests : TransportContractTests
{
    private readonly TemporaryFolder _folder = new();
    private LocalRabbit? _broker;

    [OneTimeTearDown]
    public void Stop()
    {
        _broker?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task A_wrong_password_and_what_is_not_allowed_are_told_by_name()
    {
        await using IClusterTransport wrong = ClusterTransports.Create(
            Options() with { UserName = "guest", Password = "not this" }, "test");
        ClusterException credentials = Assert.ThrowsAsync<ClusterException>(
            async () => await wrong.EnsureStreamAsync(new TransportStream("any", "any.>", true), CancellationToken.None))!;
        Assert.That(credentials.Fault, Is.EqualTo(ClusterFault.WrongCredentials), credentials.Message);
        Assert.That(credentials.Message, Does.Contain("as \"guest\" does not accept the credentials").And.Not.Contain("not this"));

        await using IClusterTransport transport = Connect();
        ClusterException forbidden = Assert.ThrowsAsync<ClusterException>(
            async () => await transport.EnsureStreamAsync(new TransportStream("amq.mine", "amq.mine.>", true), CancellationToken.None))!;
        Assert.That(forbidden.Fault, Is.EqualTo(ClusterFault.Forbidden), forbidden.Message);

        await using IClusterTransport nobody = ClusterTransports.Create(
            Options() with { Url = $"amqp://127.0.0.1:{LocalPort.Free()}" }, "test");
        ClusterException unreachable = Assert.ThrowsAsync<ClusterException>(
            async () => await nobody.EnsureStreamAsync(new TransportStream("any", "any.>", true), CancellationToken.None))!;
        Assert.That(unreachable.Fault, Is.EqualTo(ClusterFault.Unreachable), unreachable.Message);
    }

    protected override IClusterTransport Connect() => ClusterTransports.Create(Options(), "test");

    private ClusterOptions Options()
    {
        if (LocalRabbit.FindProgram() is null)
            Assert.Ignore("rabbitmq-server is not installed (Debian's package is rabbitmq-server)");
        _broker ??= LocalRabbit.Start(_folder.PathOf("broker"));
        return new ClusterOptions
        {
            Url = _broker.Url,
            MaxStreamBytes = 64 << 20,
            // Not what is tried here, and the machine may be busy.
            AnswerTimeout = TimeSpan.FromSeconds(30),
        };
    }

    protected override async Task DeleteStreamAsync(string stream)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(_broker!.Url) }.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(stream);
    }
}
