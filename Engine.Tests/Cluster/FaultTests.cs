using Engine.Bench.Chaos;
using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What whoever has to mend it is told, and that nothing is lost meanwhile.</summary>
[TestFixture]
[Parallelizable]
internal sealed class FaultTests
{
    private const long DiskBytes = 1 << 20;

    private const string Users = """
        accounts: { FLEET: { jetstream: enabled, users: [
          { user: admin, password: right },
          { user: host, password: right, permissions: { publish: ["vm.>", "fleet.host.>"], subscribe: ["_INBOX.>"] } },
          { user: nobody, password: right, permissions: { publish: ["fleet.host.>"], subscribe: ["_INBOX.>"] } },
        ] } }
        """;

    [Test]
    public async Task Nobody_there()
    {
        int port = LocalPort.Free();
        ClusterException error = await ErrorOf(new ClusterOptions { Url = $"nats://127.0.0.1:{port}" });
        Assert.That(error.Fault, Is.EqualTo(ClusterFault.Unreachable));
        Assert.That(error.Message, Does.Contain($"127.0.0.1:{port} cannot be reached"));
    }

    [Test]
    public async Task A_wrong_password_and_what_is_not_allowed()
    {
        using TestBroker broker = TestBroker.Start(settings: Users);
        ClusterOptions options = broker.Options() with { UserName = "host", Password = "wrong" };
        ClusterException error = await ErrorOf(options);
        Assert.That(error.Fault, Is.EqualTo(ClusterFault.WrongCredentials));
        Assert.That(error.Message, Does.Contain("as \"host\" does not accept the credentials").And.Not.Contain("wrong"));

        await using var host = new NatsTransport(options with { Password = "right" }, "host");
        ClusterException forbidden = Assert.ThrowsAsync<ClusterException>(async () => await SendAsync(host, "events.secret", 1))!;
        Assert.That(forbidden.Fault, Is.EqualTo(ClusterFault.Forbidden));
        Assert.That(forbidden.Message, Does.Contain("does not allow \"events.secret\"").And.Contain("Permissions Violation"));
        ClusterException missing = Assert.ThrowsAsync<ClusterException>(async () => await SendAsync(host, "vm.some", 1))!;
        Assert.That(missing.Fault, Is.EqualTo(ClusterFault.StreamMissing));
        ClusterException making = Assert.ThrowsAsync<ClusterException>(async () =>
            await host.EnsureStreamAsync(new TransportStream("own", "vm.>", true), CancellationToken.None))!;
        Assert.That(making.Fault, Is.EqualTo(ClusterFault.Forbidden));
    }

    [Test]
    public async Task A_full_stream_and_a_message_that_is_too_large()
    {
        using TestBroker broker = TestBroker.Start();
        await using var transport = new NatsTransport(broker.Options() with { MaxStreamBytes = 1 << 20 }, "test");
        await transport.EnsureStreamAsync(new TransportStream("full", "full.>", true), CancellationToken.None);
        await SendAsync(transport, "full.some", 800_000);
        ClusterException full = Assert.ThrowsAsync<ClusterException>(async () => await SendAsync(transport, "full.some", 800_000))!;
        Assert.That(full.Fault, Is.EqualTo(ClusterFault.StreamFull));
        Assert.That(full.Message, Does.Contain("full.some").And.Contain("maximum bytes exceeded"));
        ClusterException large = Assert.ThrowsAsync<ClusterException>(async () => await SendAsync(transport, "full.some", 2_000_000))!;
        Assert.That(large.Fault, Is.EqualTo(ClusterFault.MessageTooLarge));
    }

    [Test]
    public async Task A_full_broker_loses_nothing_says_so_and_goes_on_by_itself()
    {
        using TestBroker broker = TestBroker.Start(storeBytes: 2 << 20);
        string said = await FullBroker.RunAsync(
            broker.Options() with { MaxStreamBytes = 1 << 20 }, "full", static () => { }, static () => { });
        Assert.That(said, Does.Contain("is full, and takes no more until the hub consumes"));
    }

    [Test]
    public async Task A_broker_s_disk_that_is_really_full_loses_nothing_and_is_told()
    {
        using LimitedDisk? disk = LimitedDisk.TryCreate(DiskBytes);
        if (disk is null)
            Assert.Ignore("nobody may mount here");
        using TestBroker broker = TestBroker.Start(storeFolder: disk.Path);
        string said = await FullBroker.RunAsync(
            broker.Options() with { AnswerTimeout = TimeSpan.FromSeconds(3) }, "full", static () => { }, Restart,
            ClusterFault.NoAnswer, ClusterFault.StreamFull);
        Assert.That(said, Does.Contain("gave no answer").And.Contain("look whether its disk is full").Or.Contain("has no room"));

        void Restart()
        {
            disk.Resize(64 * DiskBytes);
            broker.Broker.Restart(0);
        }
    }

    [Test]
    public async Task A_broker_that_has_no_room_for_another_stream()
    {
        using TestBroker broker = TestBroker.Start(storeBytes: 4 << 20);
        await using var transport = new NatsTransport(broker.Options() with { MaxStreamBytes = 3 << 20 }, "test");
        await transport.EnsureStreamAsync(new TransportStream("one", "one.>", true), CancellationToken.None);
        ClusterException full = Assert.ThrowsAsync<ClusterException>(async () =>
            await transport.EnsureStreamAsync(new TransportStream("two", "two.>", true), CancellationToken.None))!;
        Assert.That(full.Fault, Is.EqualTo(ClusterFault.StreamFull));
        Assert.That(full.Message, Does.Contain("no room for \"two\"").And.Contain("max_file_store"));
        await transport.EnsureStreamAsync(new TransportStream("two", "two.>", true) { MaxBytes = 1 << 20 }, CancellationToken.None);
    }

    [Test]
    public async Task An_expired_certificate_and_a_good_one()
    {
        using var folder = new TemporaryFolder();
        foreach (bool isGood in new[] { false, true })
        {
            TestCertificates.Write(folder, isGood);
            string settings = TlsOf(folder);
            using TestBroker broker = TestBroker.Start(settings: settings);
            ClusterOptions options = broker.Options() with
            {
                Url = broker.Broker.Url.Replace("nats://", "tls://", StringComparison.Ordinal),
                CaFile = folder.PathOf("ca.pem"),
            };
            if (isGood)
            {
                await using var transport = new NatsTransport(options, "test");
                await transport.EnsureStreamAsync(new TransportStream("one", "one.>", true), CancellationToken.None);
                continue;
            }

            ClusterException error = await ErrorOf(options);
            Assert.That(error.Fault, Is.EqualTo(ClusterFault.CertificateRejected), error.Message);
            Assert.That(error.Message, Does.Contain("look at the certificates' dates"));
        }
    }

    [TestCase(ClusterFault.WrongCredentials)]
    [TestCase(ClusterFault.Forbidden)]
    [TestCase(ClusterFault.CertificateRejected)]
    public async Task What_is_wrong_loses_nothing_of_a_host(ClusterFault fault)
    {
        using var folder = new TemporaryFolder();
        string settings = Users;
        if (fault == ClusterFault.CertificateRejected)
        {
            TestCertificates.Write(folder, isGood: true);
            File.Copy(folder.PathOf("ca.pem"), folder.PathOf("good-ca.pem"));
            settings += "\n" + TlsOf(folder);
        }

        using TestBroker broker = TestBroker.Start(settings: settings);
        ClusterOptions good = broker.Options() with
        {
            UserName = "admin",
            Password = "right",
            Url = fault == ClusterFault.CertificateRejected
                ? broker.Broker.Url.Replace("nats://", "tls://", StringComparison.Ordinal) : broker.Broker.Url,
            CaFile = fault == ClusterFault.CertificateRejected ? folder.PathOf("good-ca.pem") : null,
        };
        if (fault == ClusterFault.CertificateRejected)
            TestCertificates.Write(folder, isGood: true);
        ClusterOptions bad = fault switch
        {
            ClusterFault.WrongCredentials => good with { Password = "wrong" },
            ClusterFault.Forbidden => good with { UserName = "nobody" },
            // Another authority's.
            _ => good with { CaFile = folder.PathOf("ca.pem") },
        };
        using var host = new TestHost(folder.PathOf("host"));
        var options = new JournalPublisherOptions { Host = "one", Directory = host.Directory, Shards = 1 };
        await using var hubSide = new NatsTransport(good, "hub");
        await using var hub = new Hub(hubSide, new HubOptions { Directory = folder.PathOf("hub"), Shards = 1 });
        hub.Start();
        await using (var wrong = new NatsTransport(bad, "host"))
        await using (var publisher = new JournalPublisher(wrong, options))
        {
            publisher.Start();
            host.WriteFrames(20);
            Eventually.IsTrue(() => publisher.GetStatistics().Fault == fault);
            Assert.That(publisher.GetStatistics().SentFrame, Is.Zero);
        }

        await using var right = new NatsTransport(good, "host");
        await using var again = new JournalPublisher(right, options);
        again.Start();
        Eventually.IsTrue(() => hub.GetJournals() is [var journal] && journal.Through == 20);
        Assert.That(hub.GetJournals()[0].LostFrames, Is.Zero);
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("one", again.Journal)), Is.EqualTo(TestHost.FramesIn(host.Directory)));
    }

    private static async Task<ClusterException> ErrorOf(ClusterOptions options)
    {
        if (LocalBroker.FindProgram() is null)
            Assert.Ignore("nats-server is not installed (Debian's package is nats-server)");
        await using var transport = new NatsTransport(options, "test");
        return Assert.ThrowsAsync<ClusterException>(async () =>
            await transport.EnsureStreamAsync(new TransportStream("any", "any.>", true), CancellationToken.None))!;
    }

    // The server's own patience for a handshake is 2 s.
    private static string TlsOf(TemporaryFolder folder) =>
        $"tls: {{ cert_file: \"{folder.PathOf("server.pem")}\", key_file: \"{folder.PathOf("server.key")}\", timeout: 180 }}";

    private static async Task SendAsync(NatsTransport transport, string subject, int bytes) => await await transport.BeginSendAsync(
        new TransportMessage(subject, Guid.NewGuid().ToString(), new byte[bytes], new Dictionary<string, string>()),
        CancellationToken.None);
}
