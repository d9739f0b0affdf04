using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>Random operations on a ring and on a simple queue give the same events, losses and counts after every step.</summary>
[TestFixture(typeof(SingleProducer))]
[TestFixture(typeof(MultiProducer))]
internal sealed class RingProperties<TFactory>
    where TFactory : struct, ISequencerFactory
{
    private enum Step
    {
        Publish,
        PublishBatch,
        GiveUp,
        Read,
    }

    [Test]
    public void A_ring_behaves_as_a_bounded_queue([Values] OverflowPolicy policy)
    {
        Gen<(Step Step, int Count)> operation =
            from step in Gen.Elements(Enum.GetValues<Step>())
            from count in Gen.Choose(1, 12)
            select (step, count);
        Gen<(int Log, (Step, int)[] Steps)> run =
            from log in Gen.Choose(1, 7)
            from length in Gen.Choose(0, 120)
            from steps in operation.ArrayOf(length)
            select (log, steps);
        Prop.ForAll(run.ToArbitrary(), input => Compare(1 << input.Log, policy, input.Steps))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true));
    }

    private static void Compare(int capacity, OverflowPolicy policy, (Step Step, int Count)[] steps)
    {
        RingUnderTest ring = RingUnderTest.Create<TFactory>(capacity, policy);
        int overwriteChunk = ring.Sequencer is SingleProducerSequencer ? Math.Max(1, capacity / 16) : 1;
        var model = new QueueModel(capacity, policy, overwriteChunk);
        foreach ((Step step, int count) in steps)
        {
            Apply(ring, model, step, count);
            CompareLedgers(ring, model);
        }

        Drain(ring, model);
        ring.Sequencer.Close();
        long trailing = policy == OverflowPolicy.DropIncoming ? model.TrailingLoss : 0;
        Require(ring.Sequencer.TakeTrailingLoss() == trailing, "trailing loss");
    }

    private static void Apply(RingUnderTest ring, QueueModel model, Step step, int count)
    {
        switch (step)
        {
            case Step.Publish:
                for (int i = 0; i < count; i++)
                {
                    bool isAccepted = model.Publish(ring.Offered);
                    Require(ring.Publish() == ClaimOutcome.Claimed == isAccepted, "accepted");
                }

                break;
            case Step.PublishBatch:
                PublishBatch(ring, model, count);
                break;
            case Step.GiveUp when ring.Sequencer is SingleProducerSequencer && MayClaim(ring, model):
                ring.Sequencer.Claim(count, mayWait: false, out _, out _);
                model.Claim();
                break;
            case Step.Read:
                ReadUpTo(ring, model, count);
                break;
        }
    }

    private static bool MayClaim(RingUnderTest ring, QueueModel model) =>
        ring.Sequencer.Policy == OverflowPolicy.DropOldest || model.Buffered < ring.Sequencer.Capacity;

    private static void PublishBatch(RingUnderTest ring, QueueModel model, int count)
    {
        long first = ring.Offered;
        int room = ring.Sequencer.Capacity - model.Buffered;
        int granted = ring.PublishBatch(count);
        Require(
            ring.Sequencer.Policy == OverflowPolicy.DropOldest ? granted >= 1 : granted == Math.Min(count, room), "granted");
        for (long value = first; value < ring.Offered; value++)
            model.Publish(value);
    }

    private static int ReadUpTo(RingUnderTest ring, QueueModel model, int count)
    {
        Received received = ring.Read(count);
        Require(received.Values.Length <= count, "batch size");
        Require(received.Values.Length > 0 == model.Buffered > 0, "something to read");
        for (int i = 0; i < received.Values.Length; i++)
        {
            (long sequence, long lost, long value) = model.Take();
            Require(received.Values[i] == value, "value");
            Require(received.FirstSequence + i == sequence, "sequence");
            Require(lost == (i == 0 ? received.LostBefore : 0), "loss before the event");
        }

        return received.Values.Length;
    }

    private static void Drain(RingUnderTest ring, QueueModel model)
    {
        while (ReadUpTo(ring, model, int.MaxValue) > 0)
            CompareLedgers(ring, model);
    }

    private static void CompareLedgers(RingUnderTest ring, QueueModel model)
    {
        RingLedger ledger = ring.Sequencer.Ledger;
        Require(ledger.Published == model.Published, "published");
        Require(ledger.Dispatched == model.Dispatched, "dispatched");
        Require(ledger.Buffered == model.Buffered, "buffered");
        Require(ledger.Rejected == model.Rejected, "rejected");
        Require(ledger.Lost == model.Lost, "lost");
        Require(ledger.Published == ledger.Dispatched + ledger.Lost + ledger.Buffered, "published = dispatched + lost + buffered");
        Require(ledger.Offered == ring.Offered, "offered = published + rejected");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"Ring and queue differ: {what}");
    }
}
