using Engine.Cluster.Contracts;
using Engine.Cluster.Publishing;
using Engine.Storage.Journals;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What leaves a host, when its place moves, and what its journal keeps.</summary>
[TestFixture]
internal sealed class PublisherTests
{
    [Test]
    public async Task The_place_moves_when_the_broker_has_acknowledged_and_not_before()
    {
        await using var fleet = new TestFleet();
        var gate = new TaskCompletionSource();
        fleet.Transport.Ack = _ => gate.Task;
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(3);
        Eventually.IsTrue(() => fleet.Transport.Sent.Count == 3);
        Assert.That(fleet.Publisher!.GetStatistics().SentFrame, Is.Zero);
        Assert.That(PublisherState.Load(fleet.Host.Directory).SentFrame, Is.Zero);
        gate.SetResult();
        fleet.WaitUntilAudited();
        Assert.That(fleet.Publisher.GetStatistics().SentFrame, Is.EqualTo(3));
    }

    [Test]
    public async Task After_a_restart_it_goes_on_behind_what_was_acknowledged()
    {
        await using var fleet = new TestFleet();
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(3);
        fleet.WaitUntilAudited();
        await fleet.StopHostAsync();
        fleet.StartHost();
        fleet.Host.WriteFrames(2);
        fleet.WaitUntilAudited();
        Assert.That(fleet.Transport.Sent, Has.Count.EqualTo(5));
        Assert.That(fleet.AtHub!.Through, Is.EqualTo(5));
        Assert.That(fleet.Publisher!.GetStatistics().SentEvents, Is.EqualTo(15));
    }

    [Test]
    public async Task What_is_refused_is_sent_again_with_all_that_came_behind_it()
    {
        await using var fleet = new TestFleet();
        int count = 0;
        fleet.Transport.Ack = _ => ++count is 2 or 5
            ? Task.FromException(new ClusterException(ClusterFault.StreamFull, "full")) : Task.CompletedTask;
        fleet.StartHub();
        fleet.Host.WriteFrames(6);
        fleet.StartHost();
        fleet.WaitUntilAudited();
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
        Assert.That(fleet.Publisher!.GetStatistics().Fault, Is.EqualTo(ClusterFault.None));
    }

    [Test]
    public async Task Segments_stay_until_the_hub_has_them()
    {
        await using var fleet = new TestFleet();
        fleet.StartHost();
        fleet.Host.WriteFrames(60, events: 4000);
        Assert.That(fleet.Host.Journal.Trim(new JournalRetention { MaxBytes = 0 }).ProtectedBy, Is.EqualTo("cluster"));
        fleet.StartHub();
        fleet.WaitUntilAudited();
        Eventually.IsTrue(() => fleet.Host.Journal.Trim(new JournalRetention { MaxBytes = 0 }).Segments > 0);
    }

    [Test]
    public async Task A_backlog_at_its_limit_is_given_to_the_retention_and_what_that_deletes_is_lost_by_name()
    {
        await using var fleet = new TestFleet(publisher: static options => options with { MaxBacklogBytes = 2 << 20 });
        // No hub, no stream: all is backlog.
        fleet.StartHost();
        fleet.Host.WriteFrames(120, events: 4000);
        Eventually.IsTrue(() => fleet.Publisher!.GetStatistics().GivenUpSegments > 0);
        Eventually.IsTrue(() => fleet.Host.Journal.Trim(new JournalRetention { MaxBytes = 1 << 20 }).Segments > 0);
        fleet.StartHub();
        fleet.WaitUntilAudited();
        Assert.That(fleet.AtHub!.LostFrames, Is.GreaterThan(0));
        Assert.That(fleet.Publisher!.GetStatistics().LostFrames, Is.EqualTo(fleet.AtHub.LostFrames));
        // What was audited the host may have deleted meanwhile.
        List<byte[]> atHub = TestHost.FramesIn(fleet.HubFolder);
        List<byte[]> atHost = TestHost.FramesIn(fleet.Host.Directory);
        Assert.That(atHub.TakeLast(atHost.Count), Is.EqualTo(atHost));
        Assert.That(atHub.Count + fleet.AtHub.LostFrames, Is.EqualTo(120));
        Assert.That(fleet.AtHub.Through, Is.EqualTo(120));
    }

    [Test]
    public async Task A_fault_is_told_once_and_so_is_its_end()
    {
        var told = new List<ClusterFault?>();
        await using var fleet = new TestFleet(publisher: options => options with
        {
            OnFault = fault =>
            {
                lock (told)
                    told.Add(fault?.Fault);
                throw new InvalidOperationException("a log that fails");
            },
        });
        fleet.StartHost();
        fleet.Host.WriteFrames(1);
        Eventually.IsTrue(() => fleet.Publisher!.GetStatistics().Fault == ClusterFault.StreamMissing);
        fleet.StartHub();
        fleet.WaitUntilAudited();
        Eventually.IsTrue(() => fleet.Publisher!.NoticeErrorCount == 2);
        Assert.That(told, Is.EqualTo(new ClusterFault?[] { ClusterFault.StreamMissing, null }));
    }

    [Test]
    public void A_state_that_is_none_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        folder.Write("cluster.state", "{}");
        InvalidDataException? error = Assert.Throws<InvalidDataException>(
            () => PublisherState.Load(Path.GetDirectoryName(folder.PathOf("x"))!));
        Assert.That(error!.Message, Does.Contain("cluster.state"));
    }

    [Test]
    public void Reports_of_another_journal_and_of_what_was_never_sent_change_nothing()
    {
        using var folder = new TemporaryFolder();
        var publisher = new JournalPublisher(
            new FakeTransport(), new JournalPublisherOptions { Host = "host", Directory = folder.PathOf("journal") });
        publisher.NoteAudit(new AuditReport("0000000000000000", 7, 1, 7));
        publisher.NoteAudit(new AuditReport(publisher.Journal, long.MaxValue, 1, long.MaxValue));
        Assert.That(publisher.GetStatistics().AuditedFrame, Is.Zero);
    }

    [TestCase("")]
    [TestCase("Host")]
    [TestCase("a.b")]
    [TestCase("../x")]
    [TestCase("-a")]
    public void A_name_that_is_none_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.That(
            () => new JournalPublisher(new FakeTransport(), new JournalPublisherOptions { Host = name, Directory = folder.PathOf("j") }),
            Throws.ArgumentException);
    }
}
