using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>Journals of hosts through a real broker to a hub.</summary>
[TestFixture]
internal sealed class PublishAndReceiveTests
{
    [Test]
    public async Task A_hub_has_the_same_frames_as_its_hosts()
    {
        using TestBroker broker = TestBroker.Start();
        using var folder = new TemporaryFolder();
        await using NatsTransport transport = broker.Connect();
        await using var hub = new Hub(transport, new HubOptions { Directory = folder.PathOf("hub"), Shards = 2 });
        hub.Start();
        using var one = new TestHost(folder.PathOf("one"));
        using var two = new TestHost(folder.PathOf("two"));
        await using var first = new JournalPublisher(transport, Options("one", one));
        await using var second = new JournalPublisher(transport, Options("two", two));
        first.Start();
        second.Start();
        one.WriteFrames(300);
        two.WriteFrames(200, events: 100);
        Eventually.IsTrue(() => Through(hub, "one") == 300 && Through(hub, "two") == 200);
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("one", first.Journal)), Is.EqualTo(TestHost.FramesIn(one.Directory)));
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("two", second.Journal)), Is.EqualTo(TestHost.FramesIn(two.Directory)));
        Assert.That(first.GetStatistics().SentEvents, Is.EqualTo(900));
    }

    private static JournalPublisherOptions Options(string name, TestHost host) =>
        new() { Host = name, Directory = host.Directory, Shards = 2 };

    private static long Through(Hub hub, string host) => hub.GetJournals().FirstOrDefault(journal => journal.Host == host)?.Through ?? 0;
}
