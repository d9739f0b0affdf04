using Engine.Bus;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>Failed handlers of single events that are tried again.</summary>
public class RetryTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private static RetryOptions Retries(int maxAttempts) => new() { MaxAttempts = maxAttempts, BaseDelay = Delay, MaxDelay = Delay };

    [Test]
    public void In_sync_mode_the_first_try_is_the_publishers_and_later_events_queue_behind()
    {
        var time = new ManualTime();
        EventBus bus = Buses.Started(new EventBusOptions { TimeProvider = time });
        var calls = new List<(int Number, int Attempt, bool IsPublisher)>();
        int publisher = Environment.CurrentManagedThreadId;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated order, EventContext context) =>
            {
                lock (calls)
                    calls.Add((order.Number, context.Attempt, Environment.CurrentManagedThreadId == publisher));
                if (order.Number == 1 && context.Attempt < 3)
                    throw new InvalidOperationException("not yet");
            },
            new() { Retry = Retries(5) });
        for (int i = 0; i < 4; i++)
            Assert.That(bus.Publish(new OrderCreated(i)), Is.EqualTo(PublishOutcome.Published));
        lock (calls)
            Assert.That(calls, Is.EqualTo(new[] { (0, 1, true), (1, 1, true) }));
        // Moved by a thread of its own: what a timer runs, runs there.
        Threads.Run(() => Eventually.IsTrue(() =>
        {
            time.Advance(Delay);
            return bus.QueueOf(subscription) is { InFlight: 0, Queued: 0 };
        }));
        Eventually.IsTrue(() => subscription.Queue!.IsIdle);
        bus.Publish(new OrderCreated(4));
        Assert.That(calls.Select(static call => (call.Number, call.Attempt)), Is.EqualTo(new[] { (0, 1), (1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (4, 1) }));
        Assert.That(calls.Select(static call => call.IsPublisher), Is.EqualTo(new[] { true, true, false, false, false, false, true }));
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount, bus.QueueOf(subscription).Retried), Is.EqualTo((5L, 0L, 2L)));
        bus.StopDrained();
    }

    [Test]
    public void The_last_failure_counts_once([Values] bool isAsync)
    {
        var time = new ManualTime();
        var errors = new List<BusHandlerError>();
        EventBus bus = Buses.Started(new EventBusOptions { TimeProvider = time, OnHandlerError = error => { lock (errors) errors.Add(error); } });
        int calls = 0;
        var options = new BusSubscriptionOptions<OrderCreated> { Mode = ProcessingMode.Async, Retry = Retries(3) };
        BusSubscription subscription = isAsync
            ? bus.Subscribe<OrderCreated>(
                async (_, _, _) =>
                {
                    await Task.Yield();
                    throw new InvalidOperationException($"failure {Interlocked.Increment(ref calls)}");
                },
                options)
            : bus.Subscribe<OrderCreated>(
                (in OrderCreated _, EventContext _) => throw new InvalidOperationException($"failure {Interlocked.Increment(ref calls)}"), options);
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() =>
        {
            time.Advance(Delay);
            return bus.QueueOf(subscription).Failed == 1;
        });
        Eventually.IsTrue(() => subscription.ErrorCount == 1);
        bus.StopDrained();
        Assert.That(errors.Single().Exception.Message, Is.EqualTo("failure 3"));
        Assert.That((calls, subscription.DeliveredCount, subscription.ErrorCount), Is.EqualTo((3, 1L, 1L)));
    }

    [Test]
    public async Task The_end_of_the_subscription_ends_the_wait_for_the_next_try()
    {
        var time = new ManualTime();
        EventBus bus = Buses.Started(new EventBusOptions { TimeProvider = time });
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            static (_, _, _) => throw new InvalidOperationException(),
            new() { Retry = Retries(3) });
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => bus.QueueOf(subscription).Retried == 1);
        await subscription.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount), Is.EqualTo((1L, 0L)));
        bus.StopDrained();
        Assert.That(bus.GetStatistics().Topics.Single().EventPool.InUseCount, Is.Zero);
    }

    [Test]
    public void Changed_options_leave_retries_on_the_clock_of_the_bus()
    {
        var time = new ManualTime();
        var hour = TimeSpan.FromHours(1);
        EventBus bus = Buses.Started(new EventBusOptions { TimeProvider = time });
        bus.UpdateOptions(new EventBusOptions { Retry = new() { MaxAttempts = 2, BaseDelay = hour, MaxDelay = hour } });
        BusSubscription subscription = bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext context) =>
        {
            if (context.Attempt == 1)
                throw new InvalidOperationException();
        });
        bus.Publish(new OrderCreated(1));
        Threads.Run(() => Eventually.IsTrue(() =>
        {
            time.Advance(hour);
            return bus.QueueOf(subscription).Succeeded == 1;
        }));
        bus.StopDrained();
    }
}
