using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
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

    [Test]
    public async Task A_missing_permission_is_told_with_what_it_is_for()
    {
        ClusterOptions options = Options();
        _broker!.Control("add_user", "host", "right");
        _broker.Control("set_permissions", "host", "^fleet", "^fleet", "^fleet");
        await using IClusterTransport host = ClusterTransports.Create(options with { UserName = "host", Password = "right" }, "host");
        ClusterException forbidden = Assert.ThrowsAsync<ClusterException>(
            async () => await host.EnsureStreamAsync(new TransportStream("secret", "secret.>", true), CancellationToken.None))!;
        Assert.That(forbidden.Fault, Is.EqualTo(ClusterFault.Forbidden), forbidden.Message);
        Assert.That(forbidden.Message, Does.Contain("as \"host\" does not allow \"secret\"").And.Not.Contain("right"));
        Assert.That(forbidden.Message, Does.Contain("configure access to queue 'secret'").Or.Contain("access to queue 'secret'"));
    }

    [Test]
    public async Task A_certificate_that_is_not_trusted_or_has_expired_is_told_and_a_good_one_is_taken()
    {
        ClusterOptions options = Options();
        ClusterOptions good = options with { Url = _broker!.TlsUrl, CaFile = _folder.PathOf("ca.pem") };
        await using (IClusterTransport transport = ClusterTransports.Create(good, "test"))
            await transport.EnsureStreamAsync(new TransportStream("encrypted", "encrypted.>", true), CancellationToken.None);
        using var other = new TemporaryFolder();
        TestCertificates.Write(other, isGood: true);
        ClusterException stranger = await ErrorOf(good with { CaFile = other.PathOf("ca.pem") });
        Assert.That(stranger.Fault, Is.EqualTo(ClusterFault.CertificateRejected), stranger.Message);
        Assert.That(stranger.Message, Does.Contain("look at the certificates' dates, names and authorities"));

        TestCertificates.Write(_folder, isGood: false);
        _broker.Control("eval", "ssl:clear_pem_cache().");
        ClusterException expired = await ErrorOf(good);
        Assert.That(expired.Fault, Is.EqualTo(ClusterFault.CertificateRejected), expired.Message);
    }

    [Test]
    public async Task A_broker_that_is_short_of_disk_loses_nothing_says_so_and_goes_on_by_itself()
    {
        ClusterOptions options = Options() with { AnswerTimeout = TimeSpan.FromSeconds(3) };
        string said = await FullBroker.RunAsync(
            options, "full", () => _broker!.Control("set_disk_free_limit", "500000GB"),
            () => _broker!.Control("set_disk_free_limit", "1MB"));
        Assert.That(said, Does.Contain("takes nothing").And.Contain("low on disk").And.Contain("needs room"));
    }

    private static async Task<ClusterException> ErrorOf(ClusterOptions options)
    {
        await using IClusterTransport transport = ClusterTransports.Create(options, "test");
        return Assert.ThrowsAsync<ClusterException>(
            async () => await transport.EnsureStreamAsync(new TransportStream("any", "any.>", true), CancellationToken.None))!;
    }

    protected override IClusterTransport Connect() => ClusterTransports.Create(Options(), "test");

    private ClusterOptions Options()
    {
        if (LocalRabbit.FindProgram() is null)
            Assert.Ignore("rabbitmq-server is not installed (Debian's package is rabbitmq-server)");
        _broker ??= StartBroker();
        return new ClusterOptions
        {
            Url = _broker.Url,
            MaxStreamBytes = 64 << 20,
            // Not what is tried here, and the machine may be busy.
            AnswerTimeout = TimeSpan.FromSeconds(30),
        };
    }

    private LocalRabbit StartBroker()
    {
        TestCertificates.Write(_folder, isGood: true);
        return LocalRabbit.Start(
            _folder.PathOf("broker"),
            LocalRabbit.TlsSettings(_folder.PathOf("server.pem"), _folder.PathOf("server.key"), _folder.PathOf("ca.pem")));
    }

    protected override async Task DeleteStreamAsync(string stream)
    {
        await using IConnection connection = await new ConnectionFactory { Uri = new Uri(_broker!.Url) }.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(stream);
    }
}
