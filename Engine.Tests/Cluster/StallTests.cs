using Engine.Cluster.Contracts;
using Engine.Cluster.Receiving;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>A broker that has messages and gives none, as one does whose nodes do not agree about a consumer or a stream.</summary>
[TestFixture]
[Parallelizable]
internal sealed class StallTests
{
    [Test]
    public async Task A_hub_that_is_given_nothing_has_the_consumer_and_then_the_stream_made_anew(
        [Values(StallRemedy.ResetConsumer, StallRemedy.DeleteStream)] StallRemedy remedy, [Values] bool isSilent)
    {
        var time = new ManualTime();
        var told = new List<ClusterFault?>();
        await using var fleet = new TestFleet(hub: options => options with
        {
            TimeProvider = time,
            OnFault = (_, fault) =>
            {
                lock (told)
                    told.Add(fault?.Fault);
            },
        })
        {
            Transport = new FakeTransport { IsSilentWhenStalled = isSilent },
        };
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(10);
        Until(time, () => fleet.Publisher!.GetStatistics().AuditedFrame == 10);
        fleet.Transport.StalledUntil = remedy;
        fleet.Host.WriteFrames(20);
        Until(time, () => fleet.Publisher!.GetStatistics().AuditedFrame == 30);
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
        Assert.That(fleet.AtHub!.LostFrames, Is.Zero);
        lock (told)
            Assert.That(told, Has.Member(ClusterFault.Stalled));
    }

    [Test]
    public void Each_remedy_has_its_time_and_the_mildest_is_first()
    {
        var time = new ManualTime();
        var watch = new StallWatch(time, TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.None));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.ResetConsumer));
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.None));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.DeleteStream));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.DeleteStream));
        watch.NoteProgress();
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.None));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(watch.Next(), Is.EqualTo(StallRemedy.ResetConsumer));
    }

    private static void Until(ManualTime time, Func<bool> condition) => Eventually.IsTrue(() =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });
}
