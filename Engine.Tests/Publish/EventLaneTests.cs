using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>Publishing into a producer's own lane. The engine is not started unless a test needs it, so rings fill up.</summary>
public class EventLaneTests
{
    private const int Capacity = 8;

    private static EventLane<Number> Lane(EventEngine engine) => engine.CreateProducer().GetLane<Number>();

    [Test]
    public void Nobody_subscribed_means_nothing_done_and_nothing_counted()
    {
        EventLane<Number> lane = Lane(Engines.Build());
        Assert.Multiple(() =>
        {
            Assert.That(lane.IsEnabled, Is.False);
            Assert.That(lane.Publish(new Number(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
            Assert.That(lane.TryPublish(new Number(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
            Assert.That(lane.Publish([new Number(1)]), Is.EqualTo(new PublishResult(0, PublishOutcome.NotSubscribed)));
            Assert.That(lane.Claim(2).Outcome, Is.EqualTo(PublishOutcome.NotSubscribed));
            Assert.That(lane.Ledger.Offered, Is.Zero);
        });
    }

    [TestCase(OverflowPolicy.DropIncoming, PublishOutcome.Dropped)]
    [TestCase(OverflowPolicy.DropOldest, PublishOutcome.Published)]
    [TestCase(OverflowPolicy.Fail, PublishOutcome.Rejected)]
    public void A_full_ring_answers_as_its_policy_says(OverflowPolicy policy, PublishOutcome expected)
    {
        EventEngine engine = Engines.Build(Capacity, policy);
        using var subscription = engine.Subscribe((in Number _, in Events.Envelope _) => { });
        EventLane<Number> lane = Lane(engine);
        for (int i = 0; i < Capacity; i++)
            Assert.That(lane.Publish(new Number(i)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(lane.Publish(new Number(Capacity)), Is.EqualTo(expected));
        LedgerAssert.Balances(lane.Ledger, Capacity + 1);
    }

    [Test]
    public void A_full_Wait_lane_before_Start_is_an_error_that_names_lane_and_reason()
    {
        EventEngine engine = Engines.Build(Capacity);
        using var subscription = engine.Subscribe((in Number _, in Events.Envelope _) => { });
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        for (int i = 0; i < Capacity; i++)
            lane.Publish(new Number(i));
        InvalidOperationException error = Thrown.By<InvalidOperationException>(() => lane.Publish(new Number(Capacity)));
        Assert.That(error.Message, Does.Contain("test.number").And.Contain("\"cpu\"").And.Contain("has not been started"));
        LedgerAssert.Balances(lane.Ledger, Capacity + 1);
    }

    [Test]
    public void TryPublish_is_refused_where_Publish_would_wait()
    {
        EventEngine engine = Engines.Build(Capacity);
        using var subscription = engine.Subscribe((in Number _, in Events.Envelope _) => { });
        EventLane<Number> lane = Lane(engine);
        for (int i = 0; i < Capacity; i++)
            lane.TryPublish(new Number(i));
        Assert.That(lane.TryPublish(new Number(Capacity)), Is.EqualTo(PublishOutcome.Rejected));
        Assert.That(lane.Ledger.Rejected, Is.EqualTo(1));
    }

    [Test]
    public void A_span_that_does_not_fit_says_how_many_were_accepted()
    {
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.Fail);
        using var subscription = engine.Subscribe((in Number _, in Events.Envelope _) => { });
        EventLane<Number> lane = Lane(engine);
        PublishResult result = lane.Publish(new Number[Capacity + 3]);
        Assert.That(result, Is.EqualTo(new PublishResult(Capacity, PublishOutcome.Rejected)));
        LedgerAssert.Balances(lane.Ledger, Capacity + 3);
    }

    [Test]
    public void A_span_longer_than_the_ring_goes_through_a_running_engine_in_order()
    {
        EventEngine engine = Engines.Build(Capacity);
        var seen = new List<long>();
        engine.Subscribe((in Number number, in Events.Envelope _) => seen.Add(number.Value));
        EventLane<Number> lane = Lane(engine);
        engine.Start();
        Number[] numbers = [.. Enumerable.Range(0, 1000).Select(i => new Number(i))];
        Assert.That(lane.Publish(numbers), Is.EqualTo(new PublishResult(1000, PublishOutcome.Published)));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 1000).Select(i => (long)i)));
    }

    [Test]
    public void A_claim_is_filled_in_place_and_visible_only_when_published()
    {
        EventEngine engine = Engines.Build(Capacity);
        var seen = new List<long>();
        engine.Subscribe((in Number number, in Events.Envelope _) => seen.Add(number.Value));
        EventLane<Number> lane = Lane(engine);

        LaneClaim<Number> claim = lane.Claim(3);
        Assert.That((claim.IsGranted, claim.Events.Length, claim.Outcome), Is.EqualTo((true, 3, PublishOutcome.Published)));
        claim.Event = new Number(10);
        claim.Events[1] = new Number(11);
        Assert.That(lane.Ledger.Published, Is.Zero);
        claim.Publish(2);
        LaneClaim<Number> givenUp = lane.Claim(2);
        givenUp.Event = new Number(99);

        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(new long[] { 10, 11 }));
    }

    [Test]
    public void A_claim_of_less_than_one_or_a_publish_of_more_than_was_claimed_is_an_error()
    {
        EventEngine engine = Engines.Build(Capacity);
        using var subscription = engine.Subscribe((in Number _, in Events.Envelope _) => { });
        EventLane<Number> lane = Lane(engine);
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => lane.Claim(0));
            Assert.Throws<ArgumentOutOfRangeException>(() => lane.Claim(2).Publish(3));
            Assert.Throws<ArgumentOutOfRangeException>(() => lane.Claim(2).Publish(-1));
        });
    }

    [Test]
    public void A_claim_that_is_not_granted_says_why_and_publishing_it_does_nothing()
    {
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.Fail);
        using var subscription = engine.Subscribe((in Number _, in Events.Envelope _) => { });
        EventLane<Number> lane = Lane(engine);
        lane.Publish(new Number[Capacity]);
        LaneClaim<Number> claim = lane.Claim(2);
        claim.Publish();
        Assert.That((claim.IsGranted, claim.Outcome), Is.EqualTo((false, PublishOutcome.Rejected)));
        LedgerAssert.Balances(lane.Ledger, Capacity + 2);
    }

    [Test]
    public void A_lane_has_the_capacity_and_type_of_its_engine()
    {
        EventLane<Number> lane = Lane(Engines.Build(Capacity, OverflowPolicy.Fail));
        Assert.That((lane.Capacity, lane.EventType.Capacity, lane.EventType.OverflowPolicy),
            Is.EqualTo((Capacity, Capacity, OverflowPolicy.Fail)));
    }

    [Test]
    public void A_producer_gives_out_one_lane_per_event_type()
    {
        EventProducer producer = Engines.Build().CreateProducer();
        EventLane<Number> first = producer.GetLane<Number>();
        Assert.That(producer.GetLane<Number>(), Is.EqualTo(first));
        Assert.That(producer.GetLane<Letter>().EventType.Name, Is.EqualTo("test.letter"));
    }

    [Test]
    public void Handlers_see_the_producer_and_an_instruction_count_not_older_than_the_event()
    {
        EventEngine engine = Engines.Start();
        var seen = new List<(long Value, string Producer, long Count)>();
        engine.Subscribe((in Number number, in Events.Envelope envelope) =>
            seen.Add((number.Value, envelope.Producer.Name, envelope.InstructionCount)));
        EventProducer producer = engine.CreateProducer("cpu-7");
        EventLane<Number> lane = producer.GetLane<Number>();
        for (int i = 0; i < 100; i++)
        {
            producer.InstructionCount = i;
            lane.Publish(new Number(i));
        }

        engine.StopDrained();
        Assert.That(seen, Has.Count.EqualTo(100));
        Assert.That(seen, Is.All.Matches<(long Value, string Producer, long Count)>(
            e => e.Producer == "cpu-7" && e.Count >= e.Value && e.Count < 100));
    }
}
