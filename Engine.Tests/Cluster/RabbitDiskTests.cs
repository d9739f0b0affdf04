using Engine.Cluster.Contracts;
using Engine.Cluster.Local;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>RabbitMQ whose disk is at its limit, and RabbitMQ that is killed: nothing is lost.</summary>
[TestFixture, Explicit("Starts a server three times."), Category("Soak")]
internal sealed class RabbitDiskTests
{
    [Test]
    public async Task Soak_a_full_disk_and_a_crash_lose_nothing()
    {
        if (LocalRabbit.FindProgram() is null)
            Assert.Ignore("rabbitmq-server is not installed (Debian's package is rabbitmq-server)");
        using var folder = new TemporaryFolder();
        using LocalRabbit broker = LocalRabbit.Start(folder.PathOf("broker"), "disk_free_limit.absolute = 900TB\n");
        var options = new ClusterOptions { Url = broker.Url, Shards = 1, AnswerTimeout = TimeSpan.FromSeconds(5) };
        await using IClusterTransport hubSide = ClusterTransports.Create(options, "hub");
        await using IClusterTransport hostSide = ClusterTransports.Create(options, "host");
        await using var hub = new Hub(hubSide, new HubOptions { Directory = folder.PathOf("hub"), Shards = 1 });
        hub.Start();
        using var host = new TestHost(folder.PathOf("host"));
        await using var publisher = new JournalPublisher(
            hostSide, new JournalPublisherOptions { Host = "one", Directory = host.Directory, Shards = 1 });
        publisher.Start();
        host.WriteFrames(50);
        Eventually.IsTrue(() => publisher.GetStatistics().Fault == ClusterFault.StreamFull);
        Assert.That(publisher.GetStatistics().FaultMessage, Does.Contain("disk"));
        broker.Restart("disk_free_limit.absolute = 1MB\n");
        Eventually.IsTrue(() => hub.GetJournals() is [var journal] && journal.Through == 50);
        host.WriteFrames(50);
        broker.Restart();
        host.WriteFrames(50);
        Eventually.IsTrue(() => hub.GetJournals() is [var journal] && journal.Through == 150);
        Assert.That(hub.GetJournals()[0].LostFrames, Is.Zero);
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("one", publisher.Journal)), Is.EqualTo(TestHost.FramesIn(host.Directory)));
    }
}
