using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Ring;

/// <summary>What every sequencer does under every overflow policy.</summary>
[TestFixture(typeof(SingleProducer), OverflowPolicy.Wait)]
[TestFixture(typeof(SingleProducer), OverflowPolicy.DropIncoming)]
[TestFixture(typeof(SingleProducer), OverflowPolicy.DropOldest)]
[TestFixture(typeof(SingleProducer), OverflowPolicy.Fail)]
[TestFixture(typeof(MultiProducer), OverflowPolicy.Wait)]
[TestFixture(typeof(MultiProducer), OverflowPolicy.DropIncoming)]
[TestFixture(typeof(MultiProducer), OverflowPolicy.DropOldest)]
[TestFixture(typeof(MultiProducer), OverflowPolicy.Fail)]
internal sealed class SequencerContract<TFactory>(OverflowPolicy policy)
    where TFactory : struct, ISequencerFactory
{
    private const int Capacity = 8;

    private RingUnderTest _ring = null!;

    [SetUp]
    public void CreateRing() => _ring = RingUnderTest.Create<TFactory>(Capacity, policy);

    [Test]
    public void A_new_ring_is_empty()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_ring.Sequencer.Capacity, Is.EqualTo(Capacity));
            Assert.That(_ring.Sequencer.Policy, Is.EqualTo(policy));
            Assert.That(_ring.Sequencer.HasBacklog, Is.False);
            Assert.That(_ring.Sequencer.Ledger, Is.EqualTo(default(RingLedger)));
            Assert.That(_ring.Read(1).Values, Is.Empty);
        });
    }

    [Test]
    public void A_claimed_event_is_not_readable_before_it_is_published()
    {
        _ring.Sequencer.Claim(1, mayWait: false, out long position, out int granted);
        Assert.That((granted, _ring.Take(1).Values.Length), Is.EqualTo((1, 0)));

        _ring.Buffer[position] = 42;
        _ring.Sequencer.Publish(position, 1);
        Assert.That(_ring.Read(1).Values, Is.EqualTo(new long[] { 42 }));
    }

    [Test]
    public void A_batch_says_whether_the_look_that_found_it_saw_more()
    {
        _ring.Publish(6);
        Assert.That((_ring.Take(4).HasMore, _ring.Take(6).HasMore), Is.EqualTo((true, false)));
        _ring.Free();
        // Around the end of the ring.
        _ring.Publish(4);
        Received beforeTheWrap = _ring.Read(Capacity);
        Received behindIt = _ring.Read(Capacity);
        Assert.That((beforeTheWrap.Values.Length, beforeTheWrap.HasMore), Is.EqualTo((2, true)));
        Assert.That((behindIt.Values.Length, behindIt.HasMore), Is.EqualTo((2, false)));
    }

    [Test]
    public void Events_come_out_in_order_with_their_sequences()
    {
        _ring.Publish(5);
        Received first = _ring.Read(2);
        Received second = _ring.Read(10);
        Assert.Multiple(() =>
        {
            Assert.That(first.Values, Is.EqualTo(new long[] { 0, 1 }));
            Assert.That(first.FirstSequence, Is.Zero);
            Assert.That(second.Values, Is.EqualTo(new long[] { 2, 3, 4 }));
            Assert.That(second.FirstSequence, Is.EqualTo(2));
            Assert.That(second.LostBefore, Is.Zero);
        });
    }

    [Test]
    public void The_ring_wraps_around_many_times()
    {
        for (int lap = 0; lap < 10; lap++)
        {
            Assert.That(_ring.Publish(5), Is.EqualTo(5));
            long[] values = [.. _ring.ReadAll().SelectMany(batch => batch.Values)];
            Assert.That(values, Is.EqualTo(Enumerable.Range(lap * 5, 5).Select(i => (long)i)));
        }

        Assert.That(_ring.Sequencer.Ledger.Dispatched, Is.EqualTo(50));
    }

    [Test]
    public void A_batch_does_not_go_beyond_the_end_of_the_memory()
    {
        _ring.Publish(6);
        _ring.ReadAll();
        _ring.Publish(5);
        Assert.That(_ring.ReadAll().Select(batch => batch.Values.Length), Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public void A_batch_claim_is_published_as_one()
    {
        int granted = _ring.PublishBatch(3);
        int expected = policy == OverflowPolicy.DropOldest && _ring.Sequencer is SingleProducerSequencer ? 1 : 3;
        Assert.That(granted, Is.EqualTo(expected));
        Assert.That(_ring.Read(10).Values, Is.EqualTo(Enumerable.Range(0, expected).Select(i => (long)i)));
    }

    [Test]
    public void A_claim_that_exceeds_the_room_is_granted_in_part()
    {
        _ring.Publish(5);
        int granted = _ring.PublishBatch(Capacity);
        Assert.That(granted, policy == OverflowPolicy.DropOldest ? Is.InRange(1, Capacity) : Is.EqualTo(3));
        LedgerAssert.Balances(_ring.Sequencer.Ledger, 5 + granted);
    }

    [Test]
    public void A_claim_of_less_than_one_is_an_error([Values(0, -1)] int count)
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => _ring.Sequencer.Claim(count, mayWait: false, out _, out _));
        Assert.That(error.ParamName, Is.EqualTo("count"));
    }

    [Test]
    public void A_batch_is_never_larger_than_asked_for()
    {
        _ring.Publish(6);
        Assert.That(_ring.Read(4).Values, Has.Length.EqualTo(4));
    }

    [Test]
    public void Slots_are_in_use_until_the_consumer_advances()
    {
        _ring.Publish(3);
        _ring.Take(2);
        Assert.That(_ring.Sequencer.Ledger.Buffered, Is.EqualTo(3));
        _ring.Free();
        Assert.That(_ring.Sequencer.Ledger.Buffered, Is.EqualTo(1));
    }

    [Test]
    public void The_consumer_lease_belongs_to_one_at_a_time()
    {
        Assert.That(_ring.Sequencer.TryAcquireConsumer(), Is.True);
        Assert.That(_ring.Sequencer.TryAcquireConsumer(), Is.False);
        _ring.Sequencer.ReleaseConsumer();
        Assert.That(_ring.Sequencer.TryAcquireConsumer(), Is.True);
    }

    [Test]
    public void Publishing_wakes_a_consumer_that_is_parked()
    {
        RunningThreads consumer = Threads.Start(
            () => _ring.Signal.Park(new BacklogCheck(_ring.Sequencer), Timeout.InfiniteTimeSpan));
        Eventually.IsTrue(() => _ring.Signal.IsParked);
        _ring.Publish();
        consumer.Join();
        Assert.That(_ring.Signal.IsParked, Is.False);
    }

    [Test]
    public void A_closed_ring_refuses_claims_and_counts_nothing()
    {
        _ring.Publish(2);
        _ring.Sequencer.Close();
        ClaimOutcome outcome = _ring.Sequencer.Claim(1, mayWait: true, out _, out int granted);
        Assert.That((outcome, granted), Is.EqualTo((ClaimOutcome.Closed, 0)));
        LedgerAssert.Balances(_ring.Sequencer.Ledger, 2);
    }

    [Test]
    public void A_closed_ring_that_is_full_refuses_claims_and_counts_nothing()
    {
        _ring.Publish(Capacity);
        _ring.Sequencer.Close();
        ClaimOutcome outcome = _ring.Sequencer.Claim(1, mayWait: true, out _, out int granted);
        Assert.That((outcome, granted), Is.EqualTo((ClaimOutcome.Closed, 0)));
        LedgerAssert.Balances(_ring.Sequencer.Ledger, Capacity);
    }

    [Test]
    public void What_was_published_before_the_close_stays_readable()
    {
        _ring.Publish(3);
        _ring.Sequencer.Close();
        Assert.That(_ring.ReadAll().SelectMany(batch => batch.Values), Is.EqualTo(new long[] { 0, 1, 2 }));
        Assert.That(_ring.Sequencer.Ledger.Dispatched, Is.EqualTo(3));
    }

    [Test]
    public void A_ring_without_loss_has_no_trailing_loss()
    {
        _ring.Publish(3);
        _ring.ReadAll();
        _ring.Sequencer.Close();
        Assert.That(_ring.Sequencer.TakeTrailingLoss(), Is.Zero);
    }

    [Test]
    public void The_capacity_is_a_power_of_two([Values(0, 1, 3, 12, -8)] int capacity)
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => TFactory.Create(capacity, policy, new WakeSignal()));
        Assert.Multiple(() =>
        {
            Assert.That(error.ParamName, Is.EqualTo("capacity"));
            Assert.That(error.ActualValue, Is.EqualTo(capacity));
            Assert.That(error.Message, Does.Contain("power of two of at least 2"));
        });
    }

    [Test]
    public void A_sequencer_needs_a_signal() =>
        Assert.Throws<ArgumentNullException>(() => TFactory.Create(Capacity, policy, null!));

    private readonly struct BacklogCheck(Sequencer sequencer) : IProgressCheck
    {
        public bool HasProgress() => sequencer.HasBacklog;
    }
}
