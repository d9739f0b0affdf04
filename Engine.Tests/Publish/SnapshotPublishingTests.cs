using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>What happens to snapshots reaches who wants to know, through a producer's lanes, the shared lanes or a bus.</summary>
public class SnapshotPublishingTests
{
    private static readonly ExecutionPoint At = new(5, 0x8000_0000, 1, 0);

    [TestCase(false)]
    [TestCase(true)]
    public async Task Snapshots_published_to_an_engine_are_added_up(bool shared)
    {
        EventEngine engine = new EngineBuilder()
            .AddEvent<SnapshotCreated>().AddEvent<SnapshotRestored>().AddEvent<SnapshotDeleted>().Build();
        using var handler = new SnapshotEventHandler(engine);
        handler.Register();
        engine.Start();
        if (shared)
        {
            Require(engine.GetSharedLane<SnapshotCreated>().Publish(new SnapshotCreated(At, 1, 100)));
            Require(engine.GetSharedLane<SnapshotCreated>().Publish(new SnapshotCreated(At, 2, 50)));
            Require(engine.GetSharedLane<SnapshotRestored>().Publish(new SnapshotRestored(At, 1, 100)));
            Require(engine.GetSharedLane<SnapshotDeleted>().Publish(new SnapshotDeleted(At, 2, 50)));
        }
        else
        {
            using EventProducer producer = engine.CreateProducer();
            Require(producer.GetLane<SnapshotCreated>().Publish(new SnapshotCreated(At, 1, 100)));
            Require(producer.GetLane<SnapshotCreated>().Publish(new SnapshotCreated(At, 2, 50)));
            Require(producer.GetLane<SnapshotRestored>().Publish(new SnapshotRestored(At, 1, 100)));
            Require(producer.GetLane<SnapshotDeleted>().Publish(new SnapshotDeleted(At, 2, 50)));
        }

        Assert.That((await engine.StopAsync(Eventually.HangGuard)).IsDrained, Is.True);
        Assert.That(handler.GetStatistics(), Is.EqualTo(new SnapshotEventStatistics(2, 1, 1, 150, 50)));
    }

    [Test]
    public async Task Snapshots_published_on_a_bus_reach_its_handlers()
    {
        await using var bus = new EventBus();
        var seen = new List<object>();
        Assert.That(bus.Publish(new SnapshotCreated(At, 1, 100)), Is.EqualTo(PublishOutcome.NotSubscribed));
        bus.Subscribe((in SnapshotCreated e, EventContext _) => seen.Add(e));
        bus.Subscribe((in SnapshotRestored e, EventContext _) => seen.Add(e));
        bus.Subscribe((in SnapshotDeleted e, EventContext _) => seen.Add(e));
        Require(bus.Publish(new SnapshotCreated(At, 1, 100)));
        Require(bus.Publish(new SnapshotRestored(At, 2, 200)));
        Require(bus.Publish(new SnapshotDeleted(At, 3, 300)));
        Assert.That(seen, Is.EqualTo(new object[]
        {
            new SnapshotCreated(At, 1, 100), new SnapshotRestored(At, 2, 200), new SnapshotDeleted(At, 3, 300),
        }));
    }

    private static void Require(PublishOutcome outcome) => Assert.That(outcome, Is.EqualTo(PublishOutcome.Published));
}
