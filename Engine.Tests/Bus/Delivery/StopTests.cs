using Engine.Bus;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>Start, stop, and what a stop that gives up leaves behind.</summary>
public class StopTests
{
    private static readonly BusSubscriptionOptions<OrderCreated> Async = new() { Mode = ProcessingMode.Async };

    [Test]
    public void A_bus_can_be_started_once()
    {
        EventBus bus = Buses.Started();
        Assert.That(Thrown.By<InvalidOperationException>(bus.Start).Message, Does.Contain("Running"));
        bus.StopDrained();
        Assert.That(Thrown.By<InvalidOperationException>(bus.Start).Message, Does.Contain("Stopped"));
    }

    [Test]
    public void A_bus_that_was_never_started_handles_at_its_stop_what_was_queued()
    {
        var bus = new EventBus();
        int calls = 0;
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => calls++, Async);
        bus.Publish(new OrderCreated(1));
        Assert.That((bus.State, calls), Is.EqualTo((LifecycleState.Created, 0)));
        bus.StopDrained();
        Assert.That((bus.State, calls), Is.EqualTo((LifecycleState.Stopped, 1)));
    }

    [Test]
    public async Task A_second_stop_is_the_first()
    {
        EventBus bus = Buses.Started();
        Task<BusStopReport> first = bus.StopAsync(Eventually.HangGuard);
        Task<BusStopReport> second = bus.StopAsync(TimeSpan.Zero);
        Assert.That(await second, Is.SameAs(await first));
        Assert.That(await bus.StopAsync(), Is.SameAs(await first));
    }

    [Test]
    public async Task A_timeout_longer_than_any_timer_is_no_timeout() =>
        Assert.That((await Buses.Started().StopAsync(TimeSpan.MaxValue)).IsDrained);

    [Test]
    public async Task A_stop_that_gives_up_reports_what_was_left([Values] bool isBatch)
    {
        var time = new ManualTime();
        EventBus bus = Buses.Started(new EventBusOptions { TimeProvider = time });
        var entered = new ManualResetEventSlim();
        var hung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationToken seen = default;
        async ValueTask Hang(CancellationToken token)
        {
            seen = token;
            entered.Set();
            await hung.Task;
        }

        BusSubscription subscription = isBatch
            ? bus.SubscribeBatch<OrderCreated>((_, token) => Hang(token), new() { BatchSize = 2 })
            : bus.Subscribe<OrderCreated>((_, _, token) => Hang(token));
        for (int i = 0; i < 7; i++)
            bus.Publish(new OrderCreated(i));
        Eventually.IsOpen(entered);
        Task<BusStopReport> stop = bus.StopAsync(TimeSpan.FromSeconds(3));
        Assert.That(seen.IsCancellationRequested, Is.False);
        Eventually.IsTrue(() => AdvanceUntil(time, stop));
        BusStopReport report = await stop;
        int inFlight = isBatch ? 2 : 1;
        Assert.That(report.IsDrained, Is.False);
        Assert.That(report.Left, Is.EqualTo(new[] { new LeftInQueue(subscription.Id, subscription.Name, 7 - inFlight, inFlight) }));
        Eventually.IsTrue(() => seen.IsCancellationRequested);
        QueueStatistics queue = bus.QueueOf(subscription);
        Assert.That((queue.Discarded, queue.InFlight, queue.Queued), Is.EqualTo((7L - inFlight, inFlight, 0)));

        hung.SetResult();
        Eventually.IsTrue(() => bus.QueueOf(subscription).InFlight == 0);
        queue = bus.QueueOf(subscription);
        Assert.That((queue.Succeeded, queue.Unaccounted()), Is.EqualTo(((long)inFlight, 0L)));
        Eventually.IsTrue(() => bus.GetStatistics().Topics.Single().EventPool.InUseCount == 0);
    }

    [Test]
    public async Task What_a_handler_does_when_it_is_cancelled_does_not_hold_up_the_stop()
    {
        EventBus bus = Buses.Started();
        var entered = new ManualResetEventSlim();
        var release = new ManualResetEventSlim();
        bus.Subscribe<OrderCreated>(async (_, _, token) =>
        {
            var cancelled = new TaskCompletionSource();
            using CancellationTokenRegistration registration = token.Register(cancelled.SetResult);
            entered.Set();
            await cancelled.Task;
            release.Wait(CancellationToken.None);
        });
        bus.Publish(new OrderCreated(1));
        Eventually.IsOpen(entered);
        Assert.That((await bus.StopAsync(TimeSpan.Zero).WaitAsync(Eventually.HangGuard)).Left.Single().InFlight, Is.EqualTo(1));
        release.Set();
    }

    [Test]
    public async Task A_handler_that_outlives_the_stop_can_publish_nothing([Values] OverflowPolicy policy)
    {
        EventBus bus = Buses.Started();
        var entered = new ManualResetEventSlim();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var outcomes = new TaskCompletionSource<(PublishOutcome, PublishOutcome)>(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        bus.Subscribe<OrderShipped>((in OrderShipped _, EventContext _) => Interlocked.Increment(ref calls));
        BusSubscription queued = bus.Subscribe<OrderShipped>(
            (in OrderShipped _, EventContext _) => Interlocked.Increment(ref calls),
            new() { Mode = ProcessingMode.Async, OverflowPolicy = policy });
        bus.Subscribe<OrderCreated>(async (_, _, _) =>
        {
            entered.Set();
            await release.Task;
            outcomes.SetResult((
                bus.Publish(new OrderShipped(1)),
                await bus.PublishAsync(new OrderShipped(2), cancellationToken: CancellationToken.None)));
        });
        bus.Publish(new OrderCreated(1));
        Eventually.IsOpen(entered);
        Assert.That((await bus.StopAsync(TimeSpan.Zero)).IsDrained, Is.False);
        bus.UpdateOptions(new EventBusOptions());
        release.SetResult();
        Assert.That(await outcomes.Task.WaitAsync(Eventually.HangGuard), Is.EqualTo((PublishOutcome.Stopped, PublishOutcome.Stopped)));
        Assert.That((calls, bus.QueueOf(queued).Accepted), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void A_handler_of_another_bus_is_a_publisher_like_others()
    {
        EventBus stopping = Buses.Started();
        EventBus other = Buses.Started();
        var entered = new ManualResetEventSlim();
        var release = new ManualResetEventSlim();
        int shipped = 0;
        stopping.Subscribe<OrderShipped>((in OrderShipped _, EventContext _) => shipped++);
        stopping.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) =>
            {
                entered.Set();
                release.Wait();
                other.Publish(new OrderCreated(2));
            },
            Async);
        PublishOutcome outcome = default;
        other.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => outcome = stopping.Publish(new OrderShipped(1)));
        stopping.Publish(new OrderCreated(1));
        Eventually.IsOpen(entered);
        Task<BusStopReport> stop = stopping.StopAsync(Eventually.HangGuard);
        other.Publish(new OrderCreated(1));
        Assert.That((outcome, shipped), Is.EqualTo((PublishOutcome.Stopped, 0)));
        release.Set();
        Assert.That(Eventually.Result(stop).IsDrained);
        Assert.That((outcome, shipped), Is.EqualTo((PublishOutcome.Published, 1)), "called from a handler of the bus that stops");
    }

    [Test]
    public void A_subscription_that_gets_its_queue_during_the_stop_is_drained()
    {
        EventBus bus = Buses.Started();
        var entered = new ManualResetEventSlim();
        var release = new ManualResetEventSlim();
        int shipped = 0;
        bus.Subscribe<OrderShipped>((in OrderShipped _, EventContext _) => shipped++);
        bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) =>
            {
                entered.Set();
                release.Wait();
                bus.Publish(new OrderShipped(1));
            },
            Async);
        bus.Publish(new OrderCreated(1));
        Eventually.IsOpen(entered);
        Task<BusStopReport> stop = bus.StopAsync(Eventually.HangGuard);
        bus.UpdateOptions(new EventBusOptions
        {
            DefaultMode = ProcessingMode.Batch,
            Batch = { Size = 100, MaxWait = TimeSpan.FromHours(1) },
        });
        release.Set();
        Assert.That(Eventually.Result(stop).IsDrained);
        Assert.That(shipped, Is.EqualTo(1));
    }

    [Test]
    public void A_stop_waits_for_a_publisher_that_waits_for_room_without_a_thread()
    {
        EventBus bus = Buses.Started();
        var gate = new ManualResetEventSlim();
        int calls = 0;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) =>
            {
                gate.Wait();
                calls++;
            },
            new() { Mode = ProcessingMode.Async, QueueCapacity = 1 });
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => bus.QueueOf(subscription).InFlight == 1);
        bus.Publish(new OrderCreated(2));
        Task<PublishOutcome>[] waiting = [.. Enumerable.Range(3, 8).Select(i => bus.PublishAsync(new OrderCreated(i)).AsTask())];
        Assert.That(waiting.Select(static task => task.IsCompleted), Has.All.False);
        Task<BusStopReport> stop = bus.StopAsync(Eventually.HangGuard);
        gate.Set();
        Assert.That(Eventually.Result(stop).IsDrained);
        Assert.That(Eventually.Result(Task.WhenAll(waiting)), Has.All.EqualTo(PublishOutcome.Published));
        Assert.That(calls, Is.EqualTo(10));
    }

    // Timers of the stop may not be made yet when it is called: the clock is moved until it has noticed.
    private static bool AdvanceUntil(ManualTime time, Task task)
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return task.IsCompleted;
    }
}
