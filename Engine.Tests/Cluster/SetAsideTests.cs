using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>A journal whose copy cannot be used waits at its host, and the others of its shard go on.</summary>
[TestFixture]
internal sealed class SetAsideTests
{
    [Test]
    public async Task One_copy_that_cannot_be_opened_stops_no_other_is_named_and_goes_on_when_it_can()
    {
        using var folder = new TemporaryFolder();
        // What stands in the way of its folder.
        Directory.CreateDirectory(folder.PathOf("hub"));
        string obstacle = folder.Write("hub/bad", "no folder");
        var time = new ManualTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var transport = new FakeTransport();
        var told = new List<ClusterException?>();
        await using var hub = new Hub(transport, new HubOptions
        {
            Directory = folder.PathOf("hub"),
            Shards = 1,
            TimeProvider = time,
            OnFault = (_, fault) =>
            {
                lock (told)
                    told.Add(fault);
            },
        });
        hub.Start();
        using var bad = new TestHost(folder.PathOf("host-bad"));
        using var good = new TestHost(folder.PathOf("host-good"));
        await using JournalPublisher fromBad = Publish(transport, "bad", bad);
        await using JournalPublisher fromGood = Publish(transport, "good", good);
        await using FleetMember badMember = Join(transport, "bad", fromBad);
        await using FleetMember goodMember = Join(transport, "good", fromGood);
        bad.WriteFrames(10);
        good.WriteFrames(20);
        Until(time, () => fromGood.GetStatistics().AuditedFrame == 20 && fromBad.GetStatistics().SentFrame == 10);
        Until(time, () => hub.GetFaults().Count == 1);
        ClusterException fault = hub.GetFaults()[0].Fault;
        Assert.That(fault.Fault, Is.EqualTo(ClusterFault.CopyFailed));
        Assert.That(
            fault.Message,
            Does.Contain($"journal {fromBad.Journal} of \"bad\"").And.Contain(folder.PathOf("hub/bad")).And.Contain("others"));
        Assert.That(fromBad.GetStatistics().AuditedFrame, Is.Zero);

        File.Delete(obstacle);
        bad.WriteFrames(5);
        good.WriteFrames(5);
        Until(time, () => fromBad.GetStatistics().AuditedFrame == 15 && fromGood.GetStatistics().AuditedFrame == 25);
        Until(time, () => hub.GetFaults().Count == 0);
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("bad", fromBad.Journal)), Is.EqualTo(TestHost.FramesIn(bad.Directory)));
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("good", fromGood.Journal)), Is.EqualTo(TestHost.FramesIn(good.Directory)));
        Assert.That(hub.GetJournals().Sum(static journal => journal.LostFrames), Is.Zero);
        // It is told at the end of the step in which it has changed.
        Eventually.IsTrue(() => LastOf(told) is null);
        lock (told)
            Assert.That(told[0]?.Fault, Is.EqualTo(ClusterFault.CopyFailed));
    }

    private static ClusterException? LastOf(List<ClusterException?> told)
    {
        lock (told)
            return told[^1];
    }

    private static JournalPublisher Publish(FakeTransport transport, string name, TestHost host)
    {
        var publisher = new JournalPublisher(transport, new JournalPublisherOptions
        {
            Host = name,
            Directory = host.Directory,
            Shards = 1,
            PollInterval = TimeSpan.FromMilliseconds(1),
            SaveInterval = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(10),
        });
        publisher.Start();
        return publisher;
    }

    private static FleetMember Join(FakeTransport transport, string name, JournalPublisher publisher)
    {
        var member = new FleetMember(
            transport, new FleetMemberOptions { Host = name, Publisher = publisher, HeartbeatInterval = TimeSpan.FromMilliseconds(100) });
        member.Start();
        return member;
    }

    private static void Until(ManualTime time, Func<bool> condition) => Eventually.IsTrue(() =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });
}
