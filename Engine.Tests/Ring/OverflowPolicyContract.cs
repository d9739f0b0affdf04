using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Ring;

/// <summary>What a full ring does, for every sequencer.</summary>
[TestFixture(typeof(SingleProducer))]
[TestFixture(typeof(MultiProducer))]
internal sealed class OverflowPolicyContract<TFactory>
    where TFactory : struct, ISequencerFactory
{
    private const int Capacity = 8;

    private static RingUnderTest Create(OverflowPolicy policy) => RingUnderTest.Create<TFactory>(Capacity, policy);

    [Test]
    public void Fail_refuses_and_counts_as_rejected()
    {
        RingUnderTest ring = Create(OverflowPolicy.Fail);
        Assert.That(ring.Publish(Capacity + 3), Is.EqualTo(Capacity));
        Assert.That(ring.Publish(), Is.EqualTo(ClaimOutcome.Rejected));
        Assert.That(ring.Sequencer.Ledger, Is.EqualTo(
            new RingLedger(Published: Capacity, 0, 0, 0, Buffered: Capacity, Rejected: 4, 0, 0)));
        LedgerAssert.Balances(ring.Sequencer.Ledger, ring.Offered);
    }

    [Test]
    public void Fail_counts_every_event_of_a_refused_batch()
    {
        RingUnderTest ring = Create(OverflowPolicy.Fail);
        ring.Publish(Capacity);
        ring.PublishBatch(5);
        Assert.That(ring.Sequencer.Ledger.Rejected, Is.EqualTo(5));
    }

    [Test]
    public void Rejected_events_take_no_sequence()
    {
        RingUnderTest ring = Create(OverflowPolicy.Fail);
        ring.Publish(Capacity + 2);
        ring.ReadAll();
        ring.Publish();
        Received next = ring.Read(1);
        Assert.That((next.FirstSequence, next.LostBefore, next.Values[0]), Is.EqualTo((Capacity, 0, Capacity + 2)));
    }

    [Test]
    public void Wait_is_a_refusal_where_the_call_may_not_wait()
    {
        RingUnderTest ring = Create(OverflowPolicy.Wait);
        ring.Publish(Capacity);
        Assert.That(ring.Publish(), Is.EqualTo(ClaimOutcome.Rejected));
        Assert.That(ring.Sequencer.Ledger.Rejected, Is.EqualTo(1));
    }

    [Test]
    public void Wait_is_a_refusal_where_no_consumer_has_started()
    {
        RingUnderTest ring = Create(OverflowPolicy.Wait);
        ring.Sequencer.HasConsumer = false;
        ring.Publish(Capacity);
        Assert.That(ring.Sequencer.Claim(1, mayWait: true, out _, out _), Is.EqualTo(ClaimOutcome.NoConsumer));
        Assert.That(ring.Sequencer.Ledger.Rejected, Is.EqualTo(1));
    }

    [Test]
    public void Wait_is_a_refusal_on_a_dispatcher_thread()
    {
        RingUnderTest ring = Create(OverflowPolicy.Wait);
        ring.Publish(Capacity);
        ClaimOutcome outcome = default;
        Threads.Run(() =>
        {
            DispatcherThread.IsCurrent = true;
            outcome = ring.Sequencer.Claim(3, mayWait: true, out _, out _);
        });
        Assert.That(outcome, Is.EqualTo(ClaimOutcome.RejectedInHandler));
        Assert.That(ring.Sequencer.Ledger.Rejected, Is.EqualTo(3));
    }

    [Test]
    public void Wait_goes_on_when_a_slot_is_freed_and_counts_the_stall()
    {
        RingUnderTest ring = Create(OverflowPolicy.Wait);
        ring.Publish(Capacity);
        ClaimOutcome outcome = default;
        RunningThreads producer = Threads.Start(() => outcome = ring.Sequencer.Claim(1, mayWait: true, out _, out _));
        Eventually.IsTrue(() => producer.AreStalled);
        ring.Read(1);
        producer.Join();
        Assert.That(outcome, Is.EqualTo(ClaimOutcome.Claimed));
        Assert.That(ring.Sequencer.Ledger.Stalls, Is.EqualTo(1));
        Assert.That(ring.Sequencer.Ledger.Rejected, Is.Zero);
    }

    [Test]
    public void Wait_ends_when_the_ring_is_closed()
    {
        RingUnderTest ring = Create(OverflowPolicy.Wait);
        ring.Publish(Capacity);
        ClaimOutcome outcome = default;
        RunningThreads producer = Threads.Start(() => outcome = ring.Sequencer.Claim(1, mayWait: true, out _, out _));
        Eventually.IsTrue(() => producer.AreStalled);
        ring.Sequencer.Close();
        producer.Join();
        Assert.That(outcome, Is.EqualTo(ClaimOutcome.Closed));
        LedgerAssert.Balances(ring.Sequencer.Ledger, Capacity);
    }

    [Test]
    public void DropIncoming_keeps_the_oldest_and_announces_the_gap_before_the_next_event()
    {
        RingUnderTest ring = Create(OverflowPolicy.DropIncoming);
        Assert.That(ring.Publish(Capacity + 3), Is.EqualTo(Capacity));
        Assert.That(ring.Publish(), Is.EqualTo(ClaimOutcome.Dropped));
        Received kept = ring.Read(Capacity);
        Assert.That((kept.LostBefore, kept.Values[^1]), Is.EqualTo((0, Capacity - 1)));

        ring.Publish();
        Received next = ring.Read(1);
        Assert.That((next.FirstSequence, next.LostBefore, next.Values[0]), Is.EqualTo((Capacity + 4, 4, Capacity + 4)));
        LedgerAssert.Balances(ring.Sequencer.Ledger, ring.Offered);
    }

    [Test]
    public void DropIncoming_ends_a_batch_at_each_gap()
    {
        RingUnderTest ring = Create(OverflowPolicy.DropIncoming);
        ring.Publish(Capacity + 1);
        ring.Read(2);
        ring.Publish(3);
        ring.Read(1);
        ring.Publish(1);
        List<Received> batches = ring.ReadAll();
        Received[] afterLoss = [.. batches.Where(batch => batch.LostBefore > 0)];
        Assert.Multiple(() =>
        {
            Assert.That(afterLoss.Select(batch => (batch.FirstSequence, batch.LostBefore)), Is.EqualTo(new[] { (9L, 1L), (12L, 1L) }));
            Assert.That(batches.SelectMany(batch => batch.Values), Is.EqualTo(new long[] { 3, 4, 5, 6, 7, 9, 10, 12 }));
        });
        LedgerAssert.Balances(ring.Sequencer.Ledger, ring.Offered);
    }

    [Test]
    public void DropIncoming_reports_losses_behind_the_last_event_as_trailing()
    {
        RingUnderTest ring = Create(OverflowPolicy.DropIncoming);
        ring.Publish(Capacity);
        ring.PublishBatch(5);
        ring.ReadAll();
        ring.Sequencer.Close();
        Assert.That(ring.Sequencer.TakeTrailingLoss(), Is.EqualTo(5));
        Assert.That(ring.Sequencer.TakeTrailingLoss(), Is.Zero);
    }

    [Test]
    public void DropOldest_always_takes_the_newest_and_announces_what_it_overwrote()
    {
        RingUnderTest ring = Create(OverflowPolicy.DropOldest);
        Assert.That(ring.Publish(3 * Capacity), Is.EqualTo(3 * Capacity));
        List<Received> batches = ring.ReadAll();
        long[] values = [.. batches.SelectMany(batch => batch.Values)];
        Assert.Multiple(() =>
        {
            Assert.That(batches[0].LostBefore, Is.EqualTo((3 * Capacity) - values.Length));
            Assert.That(batches[0].FirstSequence, Is.EqualTo(batches[0].LostBefore));
            Assert.That(values, Is.EqualTo(Enumerable.Range((3 * Capacity) - values.Length, values.Length).Select(i => (long)i)));
            Assert.That(values, Has.Length.EqualTo(Capacity));
        });
        LedgerAssert.Balances(ring.Sequencer.Ledger, ring.Offered);
    }

    [Test]
    public void DropOldest_counts_what_is_overwritten_before_anybody_reads()
    {
        RingUnderTest ring = Create(OverflowPolicy.DropOldest);
        ring.Publish(3 * Capacity);
        RingLedger ledger = ring.Sequencer.Ledger;
        Assert.That((ledger.Buffered, ledger.DroppedOldest), Is.EqualTo((Capacity, 2 * Capacity)));
        LedgerAssert.Balances(ledger, ring.Offered);
    }

    [Test]
    public void DropOldest_finds_events_that_were_overwritten_while_it_copied_them()
    {
        RingUnderTest ring = Create(OverflowPolicy.DropOldest);
        ring.Publish(Capacity);
        int available = ring.Sequencer.Available(Capacity, out long lost);
        Assert.That((available, lost), Is.EqualTo((Capacity, 0)));
        ring.Publish(3);
        Assert.That(ring.Sequencer.CountOverwritten(available), Is.EqualTo(3));
        ring.Publish(3 * Capacity);
        Assert.That(ring.Sequencer.CountOverwritten(available), Is.EqualTo(available));
    }

    [Test]
    public void Only_DropOldest_overwrites(
        [Values(OverflowPolicy.Wait, OverflowPolicy.DropIncoming, OverflowPolicy.Fail)] OverflowPolicy policy)
    {
        RingUnderTest ring = Create(policy);
        ring.Publish(Capacity);
        int available = ring.Sequencer.Available(Capacity, out _);
        ring.Publish(2 * Capacity);
        Assert.That(available, Is.EqualTo(Capacity));
        Assert.That(ring.ReadAll().SelectMany(batch => batch.Values), Is.EqualTo(Enumerable.Range(0, Capacity).Select(i => (long)i)));
    }
}
