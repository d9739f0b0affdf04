using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>Idle workers help busy ones: order within a lane is kept, and never are two threads in one lane.</summary>
public class StealingStress
{
    [Test]
    public void Lanes_that_move_between_workers_stay_in_order_and_are_never_run_twice_at_once()
    {
        EventEngine engine = Engines.Start(
            capacity: 64,
            OverflowPolicy.Wait,
            options => (options.DispatcherCount, options.StealAfter) = (3, TimeSpan.FromMicroseconds(10)),
            shard: "one");
        var checker = new StreamChecker();
        var threads = new HashSet<int>();
        using var two = new ManualResetEventSlim();
        engine.SubscribeBatch<Wide>(
            (ReadOnlySpan<Wide> events, in Envelope envelope) =>
            {
                checker.OnBatch(events, envelope);
                lock (threads)
                {
                    threads.Add(Environment.CurrentManagedThreadId);
                    if (threads.Count > 1)
                        two.Set();
                }

                // The first worker is stuck until another one has come for the other lanes.
                Eventually.IsOpen(two);
                // Long enough for others to see this worker as stuck.
                Thread.SpinWait(2000);
            },
            checker.Options);
        var publishers = new WidePublisher[3];
        Threads.Run(publishers.Length, source =>
            (publishers[source] = new WidePublisher(source)).Publish(engine.CreateProducer().GetLane<Wide>(), 15_000));
        engine.StopDrained();
        checker.AssertClean();
        Assert.That(checker.Events, Is.EqualTo(publishers.Sum(p => p.Published)));
        Assert.That(threads, Has.Count.GreaterThan(1));
        LedgerAssert.Balances(engine.LedgerOf<Wide>(), publishers.Sum(p => p.Offered));
    }
}
