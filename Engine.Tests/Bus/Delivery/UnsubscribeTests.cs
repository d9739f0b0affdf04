using Engine.Bus;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>What the end of a subscription does to handlers that run, to what is queued, and to publishers that wait.</summary>
public class UnsubscribeTests
{
    [Test]
    public async Task An_asynchronous_handler_is_told_by_its_token_and_waited_for()
    {
        EventBus bus = Buses.Started();
        var entered = new ManualResetEventSlim();
        bool hasEnded = false;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(async (_, _, token) =>
        {
            entered.Set();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                await Task.Yield();
                Volatile.Write(ref hasEnded, true);
            }
        });
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderCreated(2));
        Eventually.IsOpen(entered);
        await subscription.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        Assert.That(Volatile.Read(ref hasEnded));
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount), Is.EqualTo((1L, 0L)), "cancelled is not failed");
        bus.StopDrained();
        Assert.That(bus.GetStatistics().Topics.Single().EventPool.InUseCount, Is.Zero);
    }

    [Test]
    public async Task A_callback_of_a_token_may_use_the_bus_from_another_thread_and_may_throw()
    {
        EventBus bus = Buses.Started();
        var entered = new ManualResetEventSlim();
        var called = new ManualResetEventSlim();
        BusSubscription subscription = bus.Subscribe<OrderCreated>(async (_, _, token) =>
        {
            token.Register(() =>
            {
                // The bus's lock must be free here, or this waits for ever.
                Task.Run(() => bus.GetStatistics()).Wait();
                called.Set();
                throw new InvalidOperationException("thrown by a callback");
            });
            entered.Set();
            await Task.Delay(Timeout.Infinite, token);
        });
        bus.Publish(new OrderCreated(1));
        Eventually.IsOpen(entered);
        Assert.That(Task.Run(subscription.Dispose).Wait(Eventually.HangGuard));
        Eventually.IsOpen(called);
        Assert.That(bus.GetStatistics().Topics.Single().SubscriptionCount, Is.Zero, "it has left its topic");
        Assert.That(bus.Publish(new OrderCreated(2)), Is.EqualTo(PublishOutcome.NotSubscribed));
        await subscription.DisposeAsync();
        bus.StopDrained();
    }

    [Test]
    public void A_subscription_of_a_bus_that_was_not_started_can_be_ended_and_waited_for()
    {
        var bus = new EventBus();
        int calls = 0;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) => calls++,
            new() { Mode = ProcessingMode.Async });
        bus.Publish(new OrderCreated(1));
        Assert.That(subscription.DisposeAsync().AsTask().Wait(Eventually.HangGuard));
        bus.Start();
        bus.StopDrained();
        Assert.That((calls, subscription.DeliveredCount), Is.EqualTo((0, 0L)));
        Assert.That(bus.GetStatistics().Topics.Single().EventPool.InUseCount, Is.Zero);
    }

    [Test]
    public async Task A_handler_may_end_its_own_subscription([Values] HandlerShape shape, [Values] bool isAsynchronously)
    {
        EventBus bus = Buses.Started();
        BusSubscription? own = null;
        int calls = 0;
        void End()
        {
            calls++;
            if (isAsynchronously)
                own!.DisposeAsync().AsTask().Wait();
            else
                own!.Dispose();
        }

        own = shape switch
        {
            HandlerShape.AsyncHandler => bus.Subscribe<OrderCreated>(async (_, _, _) =>
            {
                await Task.Yield();
                End();
            }),
            HandlerShape.BatchHandler => bus.SubscribeBatch<OrderCreated>(
                async (_, _) =>
                {
                    await Task.Yield();
                    End();
                },
                new() { BatchSize = 1 }),
            HandlerShape.SyncMode => bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => End()),
            HandlerShape.AsyncMode => bus.Subscribe<OrderCreated>(
                (in OrderCreated _, EventContext _) => End(),
                new() { Mode = ProcessingMode.Async }),
            HandlerShape.BatchMode => bus.Subscribe<OrderCreated>(
                (in OrderCreated _, EventContext _) => End(),
                new() { Mode = ProcessingMode.Batch, BatchSize = 1 }),
            _ => bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => End(), new() { Mode = ProcessingMode.Adaptive }),
        };
        for (int i = 0; i < 10; i++)
            bus.Publish(new OrderCreated(i));
        Eventually.IsTrue(() => !own.IsActive);
        await own.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        bus.StopDrained();
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(bus.GetStatistics().Topics.Single().EventPool.InUseCount == 0);
    }

    [Test]
    public void A_publisher_that_waits_for_room_is_released([Values] bool holdsThread, [Values] bool byStop)
    {
        EventBus bus = Buses.Started();
        var gate = new ManualResetEventSlim();
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) => gate.Wait(), new() { Mode = ProcessingMode.Async, QueueCapacity = 1 });
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => bus.QueueOf(subscription).InFlight == 1);
        bus.Publish(new OrderCreated(2));
        Task<PublishOutcome> waiting = holdsThread
            ? Task.Factory.StartNew(() => bus.Publish(new OrderCreated(3)), TaskCreationOptions.LongRunning)
            : bus.PublishAsync(new OrderCreated(3)).AsTask();
        Eventually.IsTrue(() => subscription.Queue!.Partitions[0].Rings.WaitingCount == 1);
        Assert.That(waiting.IsCompleted, Is.False);
        Task end = byStop ? bus.StopAsync(TimeSpan.Zero) : Task.Run(subscription.Dispose);
        PublishOutcome outcome = Eventually.Result(waiting);
        Assert.That(outcome, Is.EqualTo(byStop ? PublishOutcome.Stopped : PublishOutcome.Rejected));
        gate.Set();
        Eventually.IsTrue(() => end.IsCompleted);
        bus.StopAsync().Wait(Eventually.HangGuard);
        Eventually.IsTrue(() => bus.GetStatistics().Topics.Single().EventPool.InUseCount == 0);
    }

    [Test]
    public void Ending_a_subscription_never_leaves_those_behind_who_wait_for_it_to_be_idle()
    {
        // The last queued event is taken by the one who ends the subscription, while the last runner leaves.
        for (int round = 0; round < 3000; round++)
        {
            EventBus bus = Buses.Started();
            BusSubscription subscription = bus.Subscribe<OrderCreated>(
                static (in OrderCreated _, EventContext _) => { },
                new() { Mode = ProcessingMode.Async });
            for (int i = 0; i < 3; i++)
                bus.Publish(new OrderCreated(i));
            Task<BusStopReport> stop = bus.StopAsync();
            subscription.Dispose();
            Assert.That(stop.Wait(Eventually.HangGuard), $"round {round}");
        }
    }

    [Test]
    public void Many_may_wait_for_one_subscription_to_be_idle()
    {
        for (int round = 0; round < 300; round++)
        {
            EventBus bus = Buses.Started();
            BusSubscription subscription = bus.Subscribe<OrderCreated>(static async (_, _, _) => await Task.Yield());
            for (int i = 0; i < 20; i++)
                bus.Publish(new OrderCreated(i));
            Task[] ends = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await subscription.DisposeAsync()))];
            Assert.That(Task.WaitAll(ends, Eventually.HangGuard), $"round {round}");
            bus.StopDrained();
        }
    }

    [Test]
    public void A_subscription_that_ends_in_its_own_handler_stays_ended_whichever_call_it_is(
        [Range(1, 18)] int last, [Values(1, 2)] int handlers, [Values] bool isMeasured)
    {
        // The first calls are timed, and the count of them ends with one of these.
        var bus = new EventBus("bus", new EventBusOptions { Metrics = new() { IsEnabled = isMeasured } });
        BusSubscription? ending = null;
        int calls = 0;
        int others = 0;
        ending = bus.Subscribe<OrderCreated>(_ =>
        {
            if (++calls == last)
                ending!.Dispose();
        });
        if (handlers == 2)
            bus.Subscribe<OrderCreated>(_ => others++);
        for (int i = 0; i < 40; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That((calls, ending.IsActive, ending.DeliveredCount), Is.EqualTo((last, false, (long)last)));
        Assert.That(others, Is.EqualTo(handlers == 2 ? 40 : 0));
    }
}
