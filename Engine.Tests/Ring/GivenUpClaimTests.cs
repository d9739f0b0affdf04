using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Ring;

/// <summary>A single producer may claim and then publish less, or nothing.</summary>
internal sealed class GivenUpClaimTests
{
    private const int Capacity = 8;

    [Test]
    public void A_claim_given_up_leaves_no_trace([Values] OverflowPolicy policy)
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(Capacity, policy);
        ring.Sequencer.Claim(4, mayWait: false, out _, out _);
        Assert.That(ring.Sequencer.Ledger, Is.EqualTo(default(RingLedger)));
        ring.Publish(2);
        Assert.That(ring.ReadAll().SelectMany(batch => batch.Values), Is.EqualTo(new long[] { 0, 1 }));
    }

    [Test]
    public void A_claim_may_be_published_in_part()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(Capacity, OverflowPolicy.Wait);
        ring.Sequencer.Claim(4, mayWait: false, out long position, out _);
        ring.Buffer[position] = 7;
        ring.Sequencer.Publish(position, 1);
        Assert.That(ring.Read(4).Values, Is.EqualTo(new long[] { 7 }));
        Assert.That(ring.Sequencer.Ledger.Published, Is.EqualTo(1));
    }

    [Test]
    public void A_gap_before_a_claim_given_up_is_announced_once_with_all_its_losses()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(Capacity, OverflowPolicy.DropIncoming);
        ring.Publish(Capacity + 2);
        ring.Read(1);
        ring.Sequencer.Claim(1, mayWait: false, out _, out _);
        ring.Publish(1);
        ring.Publish(3);
        ring.ReadAll();
        ring.Publish(1);
        Received[] all = [.. ring.ReadAll()];
        Assert.Multiple(() =>
        {
            Assert.That(all.Sum(batch => batch.LostBefore), Is.EqualTo(3));
            Assert.That(all[^1].Values, Is.EqualTo(new long[] { ring.Offered - 1 }));
            Assert.That(ring.Sequencer.Ledger.DroppedIncoming, Is.EqualTo(5));
        });
    }

    [Test]
    public void Losses_before_a_claim_given_up_last_are_trailing()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(Capacity, OverflowPolicy.DropIncoming);
        ring.Publish(Capacity + 2);
        ring.ReadAll();
        ring.Sequencer.Claim(1, mayWait: false, out _, out _);
        ring.Sequencer.Close();
        Assert.That(ring.Sequencer.TakeTrailingLoss(), Is.EqualTo(2));
    }
}
