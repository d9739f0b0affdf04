using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

public class SharedEventLaneTests
{
    private const int Capacity = 8;

    [Test]
    public void All_threads_get_one_lane_per_event_type()
    {
        EventEngine engine = Engines.Build();
        SharedEventLane<Number> first = engine.GetSharedLane<Number>();
        Assert.That(engine.GetSharedLane<Number>(), Is.SameAs(first));
    }

    [Test]
    public void Its_events_come_from_the_shared_producer()
    {
        EventEngine engine = Engines.Start();
        ProducerInfo? producer = null;
        engine.Subscribe((in Number _, in Envelope envelope) => producer = envelope.Producer);
        engine.GetSharedLane<Number>().Publish(new Number(1));
        engine.StopDrained();
        Assert.That((producer!.Id, producer.IsShared), Is.EqualTo((ProducerInfo.SharedId, true)));
    }

    [Test]
    public void Nobody_subscribed_means_nothing_done_and_nothing_counted()
    {
        SharedEventLane<Number> lane = Engines.Build().GetSharedLane<Number>();
        Assert.Multiple(() =>
        {
            Assert.That(lane.IsEnabled, Is.False);
            Assert.That(lane.Publish(new Number(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
            Assert.That(lane.TryPublish(new Number(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
            Assert.That(lane.Publish([new Number(1)]), Is.EqualTo(new PublishResult(0, PublishOutcome.NotSubscribed)));
            Assert.That(lane.Ledger.Offered, Is.Zero);
        });
    }

    [TestCase(OverflowPolicy.DropIncoming, PublishOutcome.Dropped)]
    [TestCase(OverflowPolicy.DropOldest, PublishOutcome.Published)]
    [TestCase(OverflowPolicy.Fail, PublishOutcome.Rejected)]
    public void A_full_ring_answers_as_its_policy_says(OverflowPolicy policy, PublishOutcome expected)
    {
        EventEngine engine = Engines.Build(Capacity, policy);
        using var subscription = engine.Subscribe((in Number _, in Envelope _) => { });
        SharedEventLane<Number> lane = engine.GetSharedLane<Number>();
        Assert.That(lane.Publish(new Number[Capacity]).Accepted, Is.EqualTo(Capacity));
        Assert.That(lane.Publish(new Number(Capacity)), Is.EqualTo(expected));
        LedgerAssert.Balances(lane.Ledger, Capacity + 1);
    }

    [Test]
    public void A_full_Wait_lane_before_Start_is_an_error()
    {
        EventEngine engine = Engines.Build(Capacity);
        using var subscription = engine.Subscribe((in Number _, in Envelope _) => { });
        SharedEventLane<Number> lane = engine.GetSharedLane<Number>();
        lane.Publish(new Number[Capacity]);
        Assert.That(lane.TryPublish(new Number(0)), Is.EqualTo(PublishOutcome.Rejected));
        InvalidOperationException error = Thrown.By<InvalidOperationException>(() => lane.Publish(new Number(0)));
        Assert.That(error.Message, Does.Contain("test.number").And.Contain("\"shared\"").And.Contain("has not been started"));
        LedgerAssert.Balances(lane.Ledger, Capacity + 2);
    }

    [Test]
    public void A_span_longer_than_the_ring_goes_through_a_running_engine_in_order()
    {
        EventEngine engine = Engines.Start(Capacity);
        var seen = new List<long>();
        engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value));
        Number[] numbers = [.. Enumerable.Range(0, 1000).Select(i => new Number(i))];
        Assert.That(engine.GetSharedLane<Number>().Publish(numbers), Is.EqualTo(new PublishResult(1000, PublishOutcome.Published)));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 1000).Select(i => (long)i)));
    }

    [Test]
    public void A_lane_made_before_Start_waits_after_it()
    {
        EventEngine engine = Engines.Build(Capacity);
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => seen++);
        SharedEventLane<Number> lane = engine.GetSharedLane<Number>();
        engine.Start();
        for (int i = 0; i < 10 * Capacity; i++)
            Assert.That(lane.Publish(new Number(i)), Is.EqualTo(PublishOutcome.Published));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(10 * Capacity));
    }
}
