using Engine.Bus.Queues;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Bus.Queues;

/// <summary>The ring of envelopes against a queue that everybody understands.</summary>
internal sealed class EnvelopeRingTests
{
    [Test]
    public void Random_calls_do_what_a_simple_queue_does([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        int bound = random.Next(1, 200);
        var policy = (OverflowPolicy)random.Next(4);
        var ring = new EnvelopeRing<TestEnvelope>(bound, policy, hasConsumer: true);
        var model = new Queue<(long Number, long Sequence)>();
        var taken = new TestEnvelope?[7];
        (long published, long rejected, long incoming, long oldest, long dispatched) = (0, 0, 0, 0, 0);
        (long sequence, long announced) = (0, 0);
        for (int step = 0; step < 3000; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    ring.Bound = bound = random.Next(1, 300);
                    break;
                case 1:
                    ring.Policy = policy = (OverflowPolicy)random.Next(4);
                    break;
                case < 7:
                    bool isFull = model.Count >= bound;
                    ClaimOutcome outcome = ring.Claim(mayWait: false, out EnvelopeClaim<TestEnvelope> claim);
                    ClaimOutcome expected = !isFull ? ClaimOutcome.Claimed : policy switch
                    {
                        OverflowPolicy.DropIncoming => ClaimOutcome.Dropped,
                        OverflowPolicy.DropOldest => ClaimOutcome.Claimed,
                        _ => ClaimOutcome.Rejected,
                    };
                    Assert.That(outcome, Is.EqualTo(expected), $"step {step}");
                    rejected += outcome == ClaimOutcome.Rejected ? 1 : 0;
                    incoming += outcome == ClaimOutcome.Dropped ? 1 : 0;
                    sequence += outcome == ClaimOutcome.Dropped ? 1 : 0;
                    if (outcome != ClaimOutcome.Claimed)
                        break;
                    while (model.Count >= bound)
                    {
                        model.Dequeue();
                        oldest++;
                    }

                    (claim.Slot ??= new TestEnvelope()).Fill(++published);
                    claim.Publish();
                    model.Enqueue((published, sequence++));
                    break;
                default:
                    Assert.That(ring.TryAcquire(), Is.True);
                    int count = ring.Take(taken.AsSpan(0, random.Next(1, 8)), out long first, out long lost);
                    ring.ReleaseLease();
                    Assert.That(count, Is.GreaterThan(0).Or.EqualTo(model.Count));
                    announced += lost;
                    for (int i = 0; i < count; i++)
                    {
                        Assert.That((taken[i]!.Read(), first + i), Is.EqualTo(model.Dequeue()), $"step {step}");
                        taken[i]!.Clear();
                        dispatched++;
                    }

                    break;
            }

            Assert.That((ring.Count, ring.HasReadable), Is.EqualTo((model.Count, model.Count > 0)), $"step {step}");
        }

        RingLedger ledger = ring.Ledger;
        Assert.That(
            (ledger.Published, ledger.Dispatched, ledger.DroppedIncoming, ledger.DroppedOldest, ledger.Buffered, ledger.Rejected),
            Is.EqualTo((published + incoming, dispatched, incoming, oldest, (long)model.Count, rejected)));
        Assert.That(announced, Is.LessThanOrEqualTo(incoming + oldest));
    }

    [Test]
    public void Each_envelope_has_one_owner_and_no_event_is_lost_however_many_publish_and_take([Values] bool isSmall)
    {
        const int Publishers = 3;
        int each = isSmall ? 20_000 : 60_000;
        var ring = new EnvelopeRing<TestEnvelope>(isSmall ? 3 : 3000, OverflowPolicy.Wait, hasConsumer: true);
        long[] last = new long[Publishers];
        long received = 0;
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning))];
        Task[] publishers =
        [
            .. Enumerable.Range(0, Publishers).Select(p => Task.Factory.StartNew(() => Publish(p), TaskCreationOptions.LongRunning)),
        ];
        Task.WaitAll(publishers);
        Task.WaitAll(readers);
        RingLedger ledger = ring.Ledger;
        Assert.That(
            (ledger.Published, ledger.Dispatched, ledger.Buffered, ledger.Lost),
            Is.EqualTo(((long)Publishers * each, (long)Publishers * each, 0L, 0L)));

        void Publish(int publisher)
        {
            for (int i = 1; i <= each; i++)
            {
                Assert.That(ring.Claim(mayWait: true, out EnvelopeClaim<TestEnvelope> claim), Is.EqualTo(ClaimOutcome.Claimed));
                (claim.Slot ??= new TestEnvelope()).Fill(((long)publisher << 32) | (uint)i);
                claim.Publish();
                if (!isSmall && i % 10_000 == 0)
                    ring.Bound = 100 + i;
            }
        }

        void Read()
        {
            var taken = new TestEnvelope?[16];
            var spinner = new SpinWait();
            while (Volatile.Read(ref received) < (long)Publishers * each)
            {
                if (!ring.TryAcquire())
                {
                    spinner.SpinOnce();
                    continue;
                }

                int count = ring.Take(taken, out _, out _);
                for (int i = 0; i < count; i++)
                {
                    long number = taken[i]!.Read();
                    Assert.That((uint)number, Is.EqualTo(last[number >> 32] + 1), "Each publisher's events come in order.");
                    last[number >> 32]++;
                    taken[i]!.Clear();
                }

                ring.ReleaseLease();
                Interlocked.Add(ref received, count);
            }
        }
    }

    [Test]
    public void Taking_goes_on_where_the_ring_has_grown()
    {
        var ring = new EnvelopeRing<TestEnvelope>(1000, OverflowPolicy.Fail, hasConsumer: true);
        for (int i = 1; i <= 1000; i++)
        {
            Assert.That(ring.Claim(mayWait: false, out EnvelopeClaim<TestEnvelope> claim), Is.EqualTo(ClaimOutcome.Claimed));
            (claim.Slot ??= new TestEnvelope()).Fill(i);
            claim.Publish();
        }

        var taken = new TestEnvelope?[100];
        for (int batch = 0; batch < 10; batch++)
        {
            Assert.That(ring.TryAcquire(), Is.True);
            Assert.That(ring.Take(taken, out long first, out long lost), Is.EqualTo(100));
            ring.ReleaseLease();
            Assert.That((first, lost, taken[99]!.Read()), Is.EqualTo((100L * batch, 0L, 100L * (batch + 1))));
        }
    }

    [Test]
    public async Task Publishers_without_a_thread_get_the_room_that_readers_make()
    {
        var ring = new EnvelopeRing<TestEnvelope>(2, OverflowPolicy.Wait, hasConsumer: true);
        const int Count = 2000;
        Task publisher = Task.Run(async () =>
        {
            for (int i = 1; i <= Count; i++)
            {
                EnvelopeClaim<TestEnvelope> claim = (await ring.ClaimAsync(CancellationToken.None))!.Value;
                Fill(claim, i);
            }
        });
        var taken = new TestEnvelope?[1];
        for (int expected = 1; expected <= Count;)
        {
            Assert.That(ring.TryAcquire(), Is.True);
            int count = ring.Take(taken, out _, out _);
            ring.ReleaseLease();
            if (count == 0)
                await Task.Yield();
            else
                Assert.That(taken[0]!.Read(), Is.EqualTo(expected++));
        }

        await publisher;
        Assert.That(ring.WaitingCount, Is.Zero);

        static void Fill(EnvelopeClaim<TestEnvelope> claim, long number)
        {
            (claim.Slot ??= new TestEnvelope()).Fill(number);
            claim.Publish();
        }
    }

    [Test]
    public async Task Closing_sends_those_away_that_wait()
    {
        var ring = new EnvelopeRing<TestEnvelope>(1, OverflowPolicy.Wait, hasConsumer: true);
        Assert.That(ring.Claim(mayWait: false, out EnvelopeClaim<TestEnvelope> claim), Is.EqualTo(ClaimOutcome.Claimed));
        claim.Slot = new TestEnvelope();
        claim.Publish();
        Task<EnvelopeClaim<TestEnvelope>?> asynchronous = ring.ClaimAsync(CancellationToken.None);
        Task<ClaimOutcome> blocking = Task.Factory.StartNew(
            () => ring.Claim(mayWait: true, out _), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ring.Close();
        Assert.That((await asynchronous, await blocking), Is.EqualTo(((EnvelopeClaim<TestEnvelope>?)null, ClaimOutcome.Closed)));
        Assert.That((ring.Count, ring.HasReadable, ring.IsClosed), Is.EqualTo((1, true, true)));
    }
}
