using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Ring;

/// <summary>A single producer that publishes into a ring whose consumer has gone takes its events back.</summary>
internal sealed class RetractionTests
{
    [Test]
    public void Events_published_after_the_signal_closed_are_taken_back()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        ring.Publish(2);
        ring.Sequencer.Claim(3, mayWait: false, out long position, out _);
        ring.Signal.Close();
        Assert.That(ring.Sequencer.Publish(position, 3), Is.Zero);
        Assert.That(ring.ReadAll().SelectMany(batch => batch.Values), Is.EqualTo(new long[] { 0, 1 }));
        LedgerAssert.Balances(ring.Sequencer.Ledger, 2);
    }

    [Test]
    public void Events_that_have_been_read_stay_published()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        var sequencer = (SingleProducerSequencer)ring.Sequencer;
        sequencer.Claim(3, mayWait: false, out long position, out _);
        ring.Signal.Close();
        Assert.That(sequencer.CommitIsSignalled(position + 3), Is.True);
        ring.Read(2);
        Assert.That(sequencer.AfterPublish(position, 3), Is.EqualTo(2));
        Assert.That(sequencer.Ledger.Published, Is.EqualTo(2));
        LedgerAssert.Balances(sequencer.Ledger, 2);
    }

    [Test]
    public void Events_that_were_counted_as_left_stay_published()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        var sequencer = (SingleProducerSequencer)ring.Sequencer;
        ring.Publish(2);
        sequencer.Claim(2, mayWait: false, out long position, out _);
        ring.Signal.Close();
        sequencer.CommitIsSignalled(position + 2);
        Assert.That(sequencer.Seal(), Is.EqualTo(4));
        Assert.That(sequencer.AfterPublish(position, 2), Is.EqualTo(2));
        Assert.That(sequencer.Ledger.Buffered, Is.EqualTo(4));
    }

    [Test]
    public void Events_published_after_the_count_of_what_is_left_are_taken_back()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        ring.Publish(2);
        ring.Sequencer.Claim(2, mayWait: false, out long position, out _);
        ring.Signal.Close();
        Assert.That(ring.Sequencer.Seal(), Is.EqualTo(2));
        Assert.That(ring.Sequencer.Publish(position, 2), Is.Zero);
        Assert.That(ring.Sequencer.Ledger.Buffered, Is.EqualTo(2));
    }

    [Test]
    public void A_ring_ends_only_when_it_is_empty_and_then_for_good()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        ring.Publish(2);
        Assert.That(ring.Sequencer.TrySealEmpty(), Is.False);
        ring.ReadAll();
        Assert.That(ring.Sequencer.TrySealEmpty(), Is.True);
        ring.Sequencer.Claim(2, mayWait: false, out long position, out _);
        var sequencer = (SingleProducerSequencer)ring.Sequencer;
        ring.Signal.Close();
        sequencer.CommitIsSignalled(position + 2);
        Assert.That(sequencer.Seal(), Is.Zero);
        Assert.That(sequencer.AfterPublish(position, 2), Is.Zero);
        LedgerAssert.Balances(sequencer.Ledger, 2);
    }

    [Test]
    public void A_dispatcher_thread_does_not_wait_for_a_lease_it_may_hold_itself()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        ring.Sequencer.Claim(1, mayWait: false, out long position, out _);
        ring.Signal.Close();
        int kept = 0;
        Threads.Run(() =>
        {
            DispatcherThread.IsCurrent = true;
            ring.Sequencer.TryAcquireConsumer();
            kept = ring.Sequencer.Publish(position, 1);
        });
        Assert.That(kept, Is.EqualTo(1));
        Assert.That(ring.Sequencer.HasBacklog, Is.True);
    }

    [Test]
    public void A_publisher_that_waits_for_the_lease_of_a_hanging_handler_gets_its_outcome_from_the_seal([Values] bool isHandler)
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        var sequencer = (SingleProducerSequencer)ring.Sequencer;
        ring.Publish(1);
        sequencer.TryAcquireConsumer();
        ring.Take(1);
        sequencer.Claim(2, mayWait: false, out long position, out _);
        ring.Signal.Close();
        sequencer.CommitIsSignalled(position + 2);
        Assert.That(sequencer.Seal(), Is.EqualTo(3));
        int kept = 0;
        Threads.Run(() =>
        {
            DispatcherThread.IsCurrent = isHandler;
            kept = sequencer.AfterPublish(position, 2);
        });
        Assert.That(kept, Is.EqualTo(2), "they were counted as left");
        Assert.That(sequencer.Ledger.Buffered, Is.EqualTo(3));
    }

    [Test]
    public void What_is_published_after_the_seal_is_taken_back_though_a_handler_hangs_with_the_lease([Values] bool isHandler)
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        var sequencer = (SingleProducerSequencer)ring.Sequencer;
        ring.Publish(1);
        sequencer.TryAcquireConsumer();
        ring.Take(1);
        sequencer.Claim(2, mayWait: false, out long position, out _);
        ring.Signal.Close();
        Assert.That(sequencer.Seal(), Is.EqualTo(1));
        int kept = -1;
        Threads.Run(() =>
        {
            DispatcherThread.IsCurrent = isHandler;
            kept = sequencer.Publish(position, 2);
        });
        Assert.That(kept, Is.Zero);
        Assert.That(sequencer.Ledger.Buffered, Is.EqualTo(1));
    }

    [Test]
    public void Nobody_begins_to_read_a_ring_that_was_given_up()
    {
        RingUnderTest ring = RingUnderTest.Create<SingleProducer>(8, OverflowPolicy.Wait);
        ring.Publish(3);
        ring.Sequencer.TryAcquireConsumer();
        ring.Read(1);
        Assert.That(ring.Sequencer.Seal(), Is.EqualTo(2));
        Assert.That(ring.ReadAll(), Is.Empty);
        Assert.That(ring.Sequencer.Ledger.Buffered, Is.EqualTo(2));
    }
}
