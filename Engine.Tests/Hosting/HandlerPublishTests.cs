using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Hosting;

/// <summary>A handler that publishes into its own event type while the ring is full is refused, and nothing hangs.</summary>
public class HandlerPublishTests
{
    private const int Capacity = 8;

    [Test]
    public void Into_the_shared_lane_under_Wait()
    {
        EventEngine engine = Engines.Build(Capacity);
        SharedEventLane<Number> lane = engine.GetSharedLane<Number>();
        PublishOutcome[] outcomes = Flood(engine, lane, () => lane.Publish(new Number(-1)));
        Assert.That(outcomes.Count(o => o == PublishOutcome.RejectedInHandler), Is.GreaterThan(0));
        Assert.That(outcomes, Has.None.EqualTo(PublishOutcome.Rejected));
        Check(engine, outcomes);
    }

    [Test]
    public void Into_a_producers_lane_under_Wait()
    {
        EventEngine engine = Engines.Build(Capacity);
        EventLane<Number>? own = null;
        PublishOutcome[] outcomes = Flood(engine, engine.GetSharedLane<Number>(), () =>
        {
            own ??= engine.CreateProducer("handler").GetLane<Number>();
            return own.Value.Publish(new Number(-1));
        });
        Assert.That(outcomes.Count(o => o == PublishOutcome.RejectedInHandler), Is.GreaterThan(0));
        Check(engine, outcomes);
    }

    [Test]
    public void A_span_is_accepted_as_far_as_there_is_room()
    {
        EventEngine engine = Engines.Build(Capacity);
        SharedEventLane<Number> lane = engine.GetSharedLane<Number>();
        PublishResult result = default;
        bool isDone = false;
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            if (isDone)
                return;
            isDone = true;
            result = lane.Publish(new Number[2 * Capacity]);
        });
        lane.Publish(new Number(0));
        engine.Start();
        Eventually.IsTrue(() => lane.Ledger.Dispatched == Capacity);
        engine.StopDrained();
        Assert.That(result, Is.EqualTo(new PublishResult(Capacity - 1, PublishOutcome.RejectedInHandler)));
        LedgerAssert.Balances(lane.Ledger, 1 + (2 * Capacity));
    }

    [TestCase(OverflowPolicy.Fail, PublishOutcome.Rejected)]
    [TestCase(OverflowPolicy.DropIncoming, PublishOutcome.Dropped)]
    [TestCase(OverflowPolicy.DropOldest, PublishOutcome.Published)]
    public void Under_the_other_policies_it_is_as_anywhere(OverflowPolicy policy, PublishOutcome expected)
    {
        EventEngine engine = Engines.Build(Capacity, policy);
        SharedEventLane<Number> lane = engine.GetSharedLane<Number>();
        PublishOutcome[] outcomes = Flood(engine, lane, () => lane.Publish(new Number(-1)));
        Assert.That(outcomes, Has.Some.EqualTo(expected));
        Check(engine, outcomes);
    }

    /// <summary>Fills the lane and starts; each handled event of the first ring publishes three more.</summary>
    private static PublishOutcome[] Flood(EventEngine engine, SharedEventLane<Number> lane, Func<PublishOutcome> publish)
    {
        var outcomes = new List<PublishOutcome>();
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            for (int i = 0; i < 3 && number.Value >= 0; i++)
                outcomes.Add(publish());
        });
        lane.Publish(new Number[Capacity]);
        engine.Start();
        Eventually.IsTrue(() => engine.GetStatistics()["test.number"].Ledger is { Buffered: 0, Published: > Capacity });
        engine.StopDrained();
        return [.. outcomes];
    }

    private static void Check(EventEngine engine, PublishOutcome[] outcomes)
    {
        Engine.Ring.RingLedger ledger = engine.LedgerOf<Number>();
        Assert.That(ledger.Published, Is.EqualTo(
            Capacity + outcomes.Count(o => o is PublishOutcome.Published or PublishOutcome.Dropped)));
        Assert.That(ledger.Rejected, Is.EqualTo(
            outcomes.Count(o => o is PublishOutcome.Rejected or PublishOutcome.RejectedInHandler)));
        LedgerAssert.Balances(ledger, Capacity + outcomes.Length);
    }
}
