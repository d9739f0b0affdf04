using Engine.Hosting;
using Engine.Primitives;
using Engine.Ring;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>Whole engines under load: events whole and in order, losses announced exactly, the ledger exact at rest.</summary>
public class DispatchStress
{
    [Test]
    public void One_producer_and_one_dispatcher([Values] OverflowPolicy policy, [Values(4, 256)] int capacity) =>
        Run(policy, capacity, producers: 1, dispatchers: 1, isShared: false, perProducer: capacity * 10_000L);

    [Test]
    public void Several_producers_and_several_dispatchers([Values] OverflowPolicy policy) =>
        Run(policy, capacity: 64, producers: 3, dispatchers: 2, isShared: false, perProducer: 100_000);

    [Test]
    public void Four_threads_on_the_shared_lane([Values] OverflowPolicy policy, [Values(4, 256)] int capacity) =>
        Run(policy, capacity, producers: 4, dispatchers: 1, isShared: true, perProducer: 25_000);

    [Test]
    public void Every_wait_strategy_serves_own_and_shared_lanes([Values] WaitStrategyKind wait, [Values] bool isShared) =>
        Run(OverflowPolicy.Wait, capacity: 64, producers: 2, dispatchers: 2, isShared, perProducer: 30_000, wait);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak([Values] OverflowPolicy policy, [Values] bool isShared, [Values] WaitStrategyKind wait) =>
        Run(policy, capacity: 256, producers: 3, dispatchers: 3, isShared, perProducer: 20_000_000, wait);

    private static void Run(
        OverflowPolicy policy, int capacity, int producers, int dispatchers, bool isShared, long perProducer,
        WaitStrategyKind wait = WaitStrategyKind.Adaptive)
    {
        EventEngine engine = Engines.Build(
            capacity, policy, options => (options.DispatcherCount, options.WaitStrategy) = (dispatchers, wait));
        var batches = new StreamChecker();
        var singles = new StreamChecker();
        engine.SubscribeBatch<Wide>(batches.OnBatch, batches.Options);
        engine.Subscribe<Wide>(singles.OnEvent, singles.Options);
        engine.Start();

        var publishers = new WidePublisher[producers];
        Threads.Run(producers, source =>
        {
            publishers[source] = new WidePublisher(source);
            if (isShared)
                publishers[source].Publish(engine.GetSharedLane<Wide>(), perProducer);
            else
                publishers[source].Publish(engine.CreateProducer().GetLane<Wide>(), perProducer);
        });
        engine.StopDrained();

        batches.AssertClean();
        singles.AssertClean();
        RingLedger ledger = engine.LedgerOf<Wide>();
        Assert.Multiple(() =>
        {
            Assert.That(ledger.Published, Is.EqualTo(publishers.Sum(p => p.Published + p.Dropped)));
            Assert.That(ledger.DroppedIncoming, Is.EqualTo(publishers.Sum(p => p.Dropped)));
            Assert.That(ledger.Rejected, Is.EqualTo(publishers.Sum(p => p.Rejected)));
            Assert.That((batches.Events, batches.Lost), Is.EqualTo((ledger.Dispatched, ledger.Lost)));
            Assert.That((singles.Events, singles.Lost), Is.EqualTo((ledger.Dispatched, ledger.Lost)));
            Assert.That(ledger.Buffered, Is.Zero);
        });
        LedgerAssert.Balances(ledger, publishers.Sum(p => p.Offered));
    }
}
