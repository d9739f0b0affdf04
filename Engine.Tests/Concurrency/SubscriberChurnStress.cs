using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>Subscribers and producers come and go while events flow.</summary>
public class SubscriberChurnStress
{
    private const int MinChurn = 20;

    [Test]
    public void A_subscriber_that_stays_gets_everything_while_others_come_and_go() => Churn(perProducer: 60_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_churn() => Churn(perProducer: 50_000_000);

    [Test]
    public void After_Dispose_returns_the_handler_is_never_called([Values] Delivery delivery, [Values] bool isBatch) =>
        CallAfterDispose(delivery, isBatch, iterations: 10_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_call_after_dispose([Values] Delivery delivery, [Values] bool isBatch) =>
        CallAfterDispose(delivery, isBatch, iterations: 500_000);

    [Test]
    public void Producers_that_come_and_go_lose_nothing([Values] OverflowPolicy policy)
    {
        EventEngine engine = Engines.Start(
            capacity: 32, policy, options => (options.DispatcherCount, options.WaitStrategy) = (2, WaitStrategyKind.Adaptive));
        var checker = new StreamChecker();
        engine.SubscribeBatch<Wide>(checker.OnBatch, checker.Options);
        var publishers = new WidePublisher[3 * 200];
        Threads.Run(3, thread =>
        {
            for (int i = 0; i < 200; i++)
            {
                WidePublisher publisher = publishers[(thread * 200) + i] = new WidePublisher(thread);
                using EventProducer producer = engine.CreateProducer();
                publisher.Publish(producer.GetLane<Wide>(), 50 + (i % 40));
            }
        });
        Eventually.IsTrue(() => engine.GetStatistics().Dispatchers.Sum(d => d.LaneCount) == 0);
        checker.AssertClean();
        Engine.Ring.RingLedger ledger = engine.LedgerOf<Wide>();
        Assert.That((checker.Events, checker.Lost), Is.EqualTo((ledger.Dispatched, ledger.Lost)));
        LedgerAssert.Balances(ledger, publishers.Sum(p => p.Offered));
        engine.StopDrained();
    }

    private static void Churn(long perProducer)
    {
        EventEngine engine = Engines.Start(capacity: 64, OverflowPolicy.Wait, options => options.DispatcherCount = 2);
        var checker = new StreamChecker();
        engine.SubscribeBatch<Wide>(checker.OnBatch, checker.Options);
        int publishing = 2;
        long churned = 0;
        Action publisher(int source) => () =>
        {
            var publisher = new WidePublisher(source);
            EventLane<Wide> lane = engine.CreateProducer().GetLane<Wide>();
            // Until others have come and gone beside it.
            for (long count = perProducer; count == perProducer || Interlocked.Read(ref churned) < MinChurn; count += 1000)
                publisher.Publish(lane, count);
            Interlocked.Decrement(ref publishing);
        };
        Threads.Run(
            publisher(0),
            publisher(1),
            () =>
            {
                while (Volatile.Read(ref publishing) > 0)
                {
                    var visitor = new VisitingChecker();
                    using Subscription subscription = engine.Subscribe<Wide>(visitor.OnEvent, new() { Priority = (int)(churned % 3) - 1 });
                    using Subscription inline = engine.Subscribe<Wide>(
                        visitor.OnInline, new() { Delivery = Delivery.Inline });
                    Thread.SpinWait((int)(churned % 2000));
                    subscription.Dispose();
                    inline.Dispose();
                    Assert.That(visitor.Faults, Is.Zero);
                    Interlocked.Increment(ref churned);
                }
            });
        engine.StopDrained();
        checker.AssertClean();
        Assert.That(churned, Is.GreaterThanOrEqualTo(MinChurn));
        Assert.That(checker.Events, Is.EqualTo(engine.LedgerOf<Wide>().Dispatched));
        LedgerAssert.Balances(engine.LedgerOf<Wide>(), checker.Events);
    }

    private static void CallAfterDispose(Delivery delivery, bool isBatch, int iterations)
    {
        EventEngine engine = Engines.Start(capacity: 64, OverflowPolicy.DropOldest, options => options.DispatcherCount = 1);
        bool isOver = false;
        long callsAfterDispose = 0;
        long calls = 0;
        Threads.Run(
            () =>
            {
                EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
                while (!Volatile.Read(ref isOver))
                    lane.Publish(new Number(1));
            },
            () =>
            {
                // Until the handler has been called often enough for the test to mean something.
                for (int i = 0; i < iterations || Interlocked.Read(ref calls) < iterations; i++)
                {
                    var flag = new StrongFlag();
                    var options = new SubscriptionOptions<Number> { Delivery = delivery };
                    Subscription subscription = isBatch
                        ? engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => Called(flag), options)
                        : engine.Subscribe((in Number _, in Envelope _) => Called(flag), options);
                    Thread.SpinWait(i % 1000);
                    subscription.Dispose();
                    Volatile.Write(ref flag.IsDisposed, true);
                }

                Volatile.Write(ref isOver, true);
            });
        engine.StopDrained();
        Assert.That(callsAfterDispose, Is.Zero);

        void Called(StrongFlag flag)
        {
            if (Volatile.Read(ref flag.IsDisposed))
                Interlocked.Increment(ref callsAfterDispose);
            Interlocked.Increment(ref calls);
        }
    }

    private sealed class StrongFlag
    {
        public bool IsDisposed;
    }

    /// <summary>Gets some stretch of the streams: whole, and ascending per source.</summary>
    private sealed class VisitingChecker
    {
        private readonly long[] _last = [-1, -1];
        private readonly long[] _lastInline = [-1, -1];
        private long _faults;

        public long Faults => Interlocked.Read(ref _faults);

        public void OnEvent(in Wide wide, in Envelope envelope) => Check(wide, _last);

        public void OnInline(in Wide wide, in Envelope envelope) => Check(wide, _lastInline);

        private void Check(in Wide wide, long[] last)
        {
            if (!wide.IsIntact || wide.Value <= last[wide.Source])
                Interlocked.Increment(ref _faults);
            last[wide.Source] = wide.Value;
        }
    }
}
