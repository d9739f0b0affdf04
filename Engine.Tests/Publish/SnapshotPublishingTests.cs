using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Tests.Publish;

/// <summary>What happens to snapshots reaches who wants to know, through a producer, the shared lanes or a bus.</summary>
public class SnapshotPublishingTests
{
    private static readonly ExecutionPoint At = new(5, 0x8000_0000, 1, 0);

    [TestCase(false)]
    [TestCase(true)]
    public async Task Snapshots_published_to_an_engine_are_added_up(bool shared)
    {
        EventEngine engine = new EngineBuilder().AddEvent<SnapshotCreated>().AddEvent<SnapshotRestored>().AddEvent<SnapshotDeleted>().Build();
        using var handler = new SnapshotEventHandler(engine);
        handler.Register();
        engine.Start();
        if (shared)
        {
            Require(engine.PublishSnapshotCreated(At, 1, 100));
            Require(engine.PublishSnapshotCreated(At, 2, 50));
            Require(engine.PublishSnapshotRestored(At, 1, 100));
            Require(engine.PublishSnapshotDeleted(At, 2, 50));
        }
        else
        {
            using EventProducer producer = engine.CreateProducer();
            Require(producer.PublishSnapshotCreated(At, 1, 100));
            Require(producer.PublishSnapshotCreated(At, 2, 50));
            Require(producer.PublishSnapshotRestored(At, 1, 100));
            Require(producer.PublishSnapshotDeleted(At, 2, 50));
        }

        Assert.That((await engine.StopAsync()).IsDrained, Is.True);
        Assert.That(handler.GetStatistics(), Is.EqualTo(new SnapshotEventStatistics(2, 1, 1, 150, 50)));
    }

    [Test]
    public async Task Snapshots_published_on_a_bus_reach_its_handlers()
    {
        await using var bus = new EventBus();
        var seen = new List<object>();
        Assert.That(bus.PublishSnapshotCreated(At, 1, 100), Is.EqualTo(PublishOutcome.NotSubscribed));
        bus.Subscribe((in SnapshotCreated e, EventContext _) => seen.Add(e));
        bus.Subscribe((in SnapshotRestored e, EventContext _) => seen.Add(e));
        bus.Subscribe((in SnapshotDeleted e, EventContext _) => seen.Add(e));
        Require(bus.PublishSnapshotCreated(At, 1, 100));
        Require(bus.PublishSnapshotRestored(At, 2, 200));
        Require(bus.PublishSnapshotDeleted(At, 3, 300));
        Assert.That(seen, Is.EqualTo(new object[]
        {
            new SnapshotCreated(At, 1, 100), new SnapshotRestored(At, 2, 200), new SnapshotDeleted(At, 3, 300),
        }));
    }

    [Test]
    public void Missing_targets_are_refused()
    {
        Assert.That(static () => ((IEventBus)null!).PublishSnapshotCreated(At, 1, 1), Throws.ArgumentNullException);
        Assert.That(static () => ((EventProducer)null!).PublishSnapshotRestored(At, 1, 1), Throws.ArgumentNullException);
        Assert.That(static () => ((EventEngine)null!).PublishSnapshotDeleted(At, 1, 1), Throws.ArgumentNullException);
    }

    private static void Require(PublishOutcome outcome) => Assert.That(outcome, Is.EqualTo(PublishOutcome.Published));
}
