using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>
/// The engine is stopped in the middle of publishing: every event that was accepted is dispatched, dropped and counted,
/// or reported as left; every other publish was told so.
/// </summary>
public class StopUnderLoadStress
{
    [Test]
    public void Every_accepted_event_is_accounted_for([Values] OverflowPolicy policy, [Values] bool isShared)
    {
        for (int i = 0; i < 60; i++)
            Run(policy, isShared, isStarted: true, dispatchers: 1 + (i % 2), spinBeforeStop: i * 97 % 20_000);
    }

    [Test]
    public void Every_accepted_event_of_an_engine_that_never_ran_is_reported([Values] bool isShared)
    {
        for (int i = 0; i < 100; i++)
            Run(OverflowPolicy.Fail, isShared, isStarted: false, dispatchers: 1, spinBeforeStop: i * 97 % 5_000);
    }

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak([Values] OverflowPolicy policy, [Values] bool isShared)
    {
        for (int i = 0; i < 20_000; i++)
            Run(policy, isShared, isStarted: true, dispatchers: 1 + (i % 3), spinBeforeStop: i * 97 % 50_000);
    }

    private static void Run(OverflowPolicy policy, bool isShared, bool isStarted, int dispatchers, int spinBeforeStop)
    {
        EventEngine engine = Engines.Build(
            capacity: isStarted ? 64 : 1 << 16, policy, options => options.DispatcherCount = dispatchers);
        long seen = 0;
        long lost = 0;
        engine.SubscribeBatch(
            (ReadOnlySpan<Wide> events, in Envelope _) =>
            {
                foreach (ref readonly Wide wide in events)
                    Assert.That(wide.IsIntact, Is.True);
                Interlocked.Add(ref seen, events.Length);
            },
            new() { OnLost = (in LossNotice notice) => Interlocked.Add(ref lost, notice.Count) });
        var counts = new PublisherCounts[3];
        Func<int, Action> publisherOf = source =>
        {
            SharedEventLane<Wide>? shared = isShared ? engine.GetSharedLane<Wide>() : null;
            EventLane<Wide>? own = isShared ? null : engine.CreateProducer().GetLane<Wide>();
            return () => counts[source] = Publish(source, shared, own);
        };
        if (isStarted)
            engine.Start();
        RunningThreads publishers = Threads.Start([.. Enumerable.Range(0, counts.Length).Select(publisherOf)]);
        Eventually.IsTrue(() => engine.LedgerOf<Wide>().Offered > 0);
        Thread.SpinWait(spinBeforeStop);
        StopReport report = engine.Stop();
        publishers.Join();

        RingLedger ledger = engine.LedgerOf<Wide>();
        long accepted = counts.Sum(c => c.Accepted);
        Assert.Multiple(() =>
        {
            Assert.That(ledger.Published, Is.EqualTo(accepted + counts.Sum(c => c.Dropped)));
            Assert.That(ledger.Rejected, Is.EqualTo(counts.Sum(c => c.Rejected)));
            Assert.That(ledger.Buffered, Is.EqualTo(report.LeftCount));
            Assert.That(ledger.Dispatched, Is.EqualTo(seen));
            Assert.That(report.IsDrained || !isStarted, Is.True);
            Assert.That(seen + ledger.DroppedOldest + report.LeftCount, Is.EqualTo(accepted));
            // A publisher that drops an event while the dispatchers end counts it, but there is nobody left to tell.
            Assert.That(lost, isStarted ? Is.InRange(ledger.Lost - counts.Length, ledger.Lost) : Is.Zero);
        });
    }

    private static PublisherCounts Publish(int source, SharedEventLane<Wide>? shared, EventLane<Wide>? own)
    {
        var counts = default(PublisherCounts);
        for (long value = 0; ; value++)
        {
            var wide = new Wide(source, value);
            PublishOutcome outcome = own is EventLane<Wide> lane ? lane.Publish(wide) : shared!.Publish(wide);
            if (outcome == PublishOutcome.Published)
                counts.Accepted++;
            else if (outcome == PublishOutcome.Dropped)
                counts.Dropped++;
            else if (outcome == PublishOutcome.Rejected)
                counts.Rejected++;
            else if (outcome == PublishOutcome.Stopped)
                return counts;
            else
                Assert.Fail($"unexpected outcome {outcome}");
        }
    }

    private struct PublisherCounts
    {
        public long Accepted;
        public long Dropped;
        public long Rejected;
    }
}
