using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Concurrency;

/// <summary>Handlers that throw at random disturb nobody, and every throw is counted.</summary>
public class ThrowingHandlerStress
{
    [Test]
    public void Errors_are_counted_exactly_and_the_others_get_everything([Values(1, 2)] int dispatchers)
    {
        long reported = 0;
        EventEngine engine = Engines.Build(capacity: 64, OverflowPolicy.Wait, options =>
        {
            options.DispatcherCount = dispatchers;
            options.OnHandlerError = _ => Interlocked.Increment(ref reported);
        });
        var checker = new StreamChecker();
        long thrown = 0;
        Subscription single = engine.Subscribe<Wide>((in Wide wide, in Envelope _) => ThrowNowAndThen(wide.Value));
        Subscription batch = engine.SubscribeBatch<Wide>(
            (ReadOnlySpan<Wide> events, in Envelope _) => ThrowNowAndThen(events[^1].Value));
        engine.SubscribeBatch<Wide>(checker.OnBatch, checker.Options with { Priority = -1 });
        engine.Start();
        const int PerProducer = 20_000;
        Threads.Run(2, source => new WidePublisher(source).Publish(engine.CreateProducer().GetLane<Wide>(), PerProducer));
        engine.StopDrained();

        checker.AssertClean();
        long dispatched = engine.LedgerOf<Wide>().Dispatched;
        Assert.Multiple(() =>
        {
            Assert.That(thrown, Is.GreaterThan(100));
            Assert.That((single.ErrorCount + batch.ErrorCount, reported), Is.EqualTo((thrown, thrown)));
            Assert.That(engine.GetStatistics()["test.wide"].HandlerErrors, Is.EqualTo(thrown));
            Assert.That((single.DeliveredCount, batch.DeliveredCount, checker.Events), Is.EqualTo((dispatched, dispatched, dispatched)));
            Assert.That(dispatched, Is.GreaterThanOrEqualTo(2 * PerProducer));
        });

        void ThrowNowAndThen(long value)
        {
            // A cheap hash: throws for about one value in 64, in no rhythm.
            if ((((ulong)value * 0x9E3779B97F4A7C15) >> 58) != 0)
                return;
            Interlocked.Increment(ref thrown);
            throw new FormatException("now and then");
        }
    }
}
