using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>A claim is void after the next use of its lane: it is refused and counted, and what was published stays as it was.</summary>
public class StaleClaimTests
{
    private const int Capacity = 16;

    /// <summary>What else is done with the lane while a claim is open. Publishes the event 5 and nothing else.</summary>
    public enum Use
    {
        Publish,
        TryPublish,
        PublishBatch,
        LaterClaim,
        LaterClaimInPart,
    }

    [Test]
    public void A_claim_is_refused_after_another_use_of_its_lane([Values] Use use, [Values] OverflowPolicy policy, [Values] bool isWarm)
    {
        EventEngine engine = Engines.Build(Capacity, policy);
        var seen = new List<long>();
        engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value));
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        long[] before = isWarm ? [1, 2] : [];
        foreach (long value in before)
            lane.Publish(new Number(value));

        LaneClaim<Number> stale = lane.Claim(4);
        stale.Events.Fill(new Number(99));
        Do(use, lane);
        // Written late: into nothing, and not over what was published meanwhile.
        stale.Events.Fill(new Number(98));
        stale.Event = new Number(97);
        Assert.That(stale.Publish(), Is.EqualTo(new PublishResult(0, PublishOutcome.Stale)));
        Assert.That(stale.Publish(1), Is.EqualTo(new PublishResult(0, PublishOutcome.Stale)));
        lane.Publish(new Number(6));
        int refused = stale.Events.Length + 1;

        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(before.Concat([5, 6])));
        Assert.That(lane.Ledger.Rejected, Is.EqualTo(refused));
        LedgerAssert.Balances(lane.Ledger, before.Length + 2 + refused);
    }

    [Test]
    public void A_claim_that_a_later_one_replaced_is_refused_before_that_is_published()
    {
        EventEngine engine = Engines.Build(Capacity);
        var seen = new List<long>();
        engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value));
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        LaneClaim<Number> replaced = lane.Claim(3);
        LaneClaim<Number> current = lane.Claim(1);
        Assert.That(replaced.Publish().Outcome, Is.EqualTo(PublishOutcome.Stale));
        current.Event = new Number(5);
        Assert.That(current.Publish(), Is.EqualTo(new PublishResult(1, PublishOutcome.Published)));
        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(new long[] { 5 }));
        LedgerAssert.Balances(lane.Ledger, 1 + 3);
    }

    [Test]
    public void A_claim_is_published_once([Values(1, 2)] int first)
    {
        EventEngine engine = Engines.Build(Capacity);
        var seen = new List<long>();
        engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value));
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        LaneClaim<Number> claim = lane.Claim(2);
        claim.Events[0] = new Number(1);
        claim.Events[1] = new Number(2);
        claim.Publish(first);
        Assert.That(claim.Publish(), Is.EqualTo(new PublishResult(0, PublishOutcome.Stale)));
        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, first).Select(static value => (long)value)));
        Assert.That(lane.Ledger.Rejected, Is.EqualTo(2));
    }

    [Test]
    public void A_claim_that_an_inline_handler_made_void_is_published_behind_what_the_handler_published()
    {
        EventEngine engine = Engines.Build(Capacity);
        var seen = new List<long>();
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        engine.Subscribe((in Number number, in Envelope _) => seen.Add(number.Value));
        engine.Subscribe(
            (in Number number, in Envelope _) =>
            {
                if (number.Value < 10)
                    lane.Publish(new Number(number.Value + 10));
            },
            new SubscriptionOptions<Number> { Delivery = Delivery.Inline });
        LaneClaim<Number> claim = lane.Claim(1);
        claim.Event = new Number(1);
        Assert.That(claim.Publish(), Is.EqualTo(new PublishResult(1, PublishOutcome.Published)));
        Assert.That(claim.Publish().Outcome, Is.EqualTo(PublishOutcome.Stale));
        engine.Start();
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(new long[] { 11, 1 }));
    }

    private static void Do(Use use, EventLane<Number> lane)
    {
        switch (use)
        {
            case Use.Publish:
                lane.Publish(new Number(5));
                break;
            case Use.TryPublish:
                lane.TryPublish(new Number(5));
                break;
            case Use.PublishBatch:
                lane.PublishBatch([new Number(5)]);
                break;
            default:
                LaneClaim<Number> later = lane.Claim(use == Use.LaterClaim ? 1 : 3);
                later.Event = new Number(5);
                later.Publish(1);
                break;
        }
    }
}
