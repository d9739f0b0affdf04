using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>An adaptive subscription with real handlers, whose durations a clock of the test makes.</summary>
public class AdaptiveTests
{
    // Guards against a test that never ends; far more than is needed.
    private const int MaxEvents = 1_000_000;

    private readonly ManualTime _time = new();

    [Test]
    public async Task A_handler_that_becomes_slow_leaves_the_publishers_thread_and_comes_back_when_it_is_fast_again()
    {
        var bus = new EventBus("adaptive", new EventBusOptions { TimeProvider = _time });
        bus.Start();
        var seen = new List<int>();
        int microseconds = 1;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated order, EventContext _) =>
            {
                lock (seen)
                    seen.Add(order.Number);
                _time.Advance(TimeSpan.FromMicroseconds(Volatile.Read(ref microseconds)));
            },
            new() { Mode = ProcessingMode.Adaptive });
        int next = 0;

        PublishUntil(statistics => statistics.ModeReason!.Contains("little enough", StringComparison.Ordinal));
        Assert.That(Statistics().CurrentMode, Is.EqualTo(ProcessingMode.Sync));

        Volatile.Write(ref microseconds, 1000);
        PublishUntil(static statistics => statistics.CurrentMode == ProcessingMode.Async);
        Assert.That(Statistics().ModeReason, Does.Contain("too much for the publisher's thread").And.Contain("us"));

        Volatile.Write(ref microseconds, 1);
        PublishUntil(static statistics => statistics.CurrentMode == ProcessingMode.Sync);

        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, next)));

        void PublishUntil(Predicate<QueueStatistics> condition)
        {
            while (!condition(Statistics()))
            {
                Assert.That(next, Is.LessThan(MaxEvents), "The mode never changed.");
                bus.Publish(new OrderCreated(next++));
                // The clock is the handler's while it runs, or what passes for the publisher would count as its duration.
                Eventually.IsTrue(() => subscription.Queue!.IsIdle);
                _time.Advance(TimeSpan.FromMicroseconds(200));
            }
        }

        QueueStatistics Statistics() => bus.GetStatistics().Subscriptions.Single(s => s.Id == subscription.Id).Queue!;
    }

    [Test]
    public async Task A_handler_that_returns_a_task_goes_from_single_events_to_batches_and_back()
    {
        var bus = new EventBus("adaptive", new EventBusOptions { TimeProvider = _time, DefaultMode = ProcessingMode.Adaptive });
        bus.Start();
        int handled = 0;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(async _ =>
        {
            await Task.Yield();
            Interlocked.Increment(ref handled);
        });
        int published = 0;
        Assert.That((subscription.Mode, Queue().CurrentMode), Is.EqualTo((ProcessingMode.Adaptive, ProcessingMode.Async)));

        PublishUntil(ProcessingMode.Batch, TimeSpan.FromMicroseconds(10));
        Assert.That(Queue().ModeReason, Does.Contain("enough for batches"));
        PublishUntil(ProcessingMode.Async, TimeSpan.FromMilliseconds(10));
        Assert.That(Queue().ModeReason, Does.Contain("not enough for batches"));

        Assert.That((await bus.StopAsync()).IsDrained);
        Assert.That(handled, Is.EqualTo(published));

        void PublishUntil(ProcessingMode mode, TimeSpan pause)
        {
            while (Queue().CurrentMode != mode)
            {
                Assert.That(published, Is.LessThan(MaxEvents), "The mode never changed.");
                bus.Publish(new OrderCreated(published++));
                _time.Advance(pause);
            }
        }

        QueueStatistics Queue() => bus.QueueOf(subscription);
    }
}
