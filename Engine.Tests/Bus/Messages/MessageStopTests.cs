using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>The stop of a bus counts, reports and ends all that message subscriptions hold.</summary>
public class MessageStopTests
{
    [Test]
    public async Task What_is_left_is_reported_and_stays_in_the_ledger()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        for (int i = 1; i <= 5; i++)
            bus.Publish(new OrderCreated(i));
        orders.TryTake(out EventMessage inFlight);
        orders.TryTake(out EventMessage delayed);
        delayed.Nack(TimeSpan.FromMinutes(10));
        BusStopReport report = await bus.StopAsync(TimeSpan.FromMilliseconds(20)).WaitAsync(Eventually.HangGuard);
        Assert.That((report.IsDrained, report.Left.Single()), Is.EqualTo((false, new LeftInQueue(1, "order.created", 4, 1))));
        Assert.That(orders.GetStatistics(), Has.Property("Waiting").EqualTo(4).And.Property("InFlight").EqualTo(1));
        Assert.That(orders.GetStatistics().IsBalanced, Is.True);
        Assert.That(orders.TryTake(out EventMessage _), Is.False);
        Assert.That(inFlight.Ack(), Is.EqualTo(SettlementOutcome.Settled));
        Assert.That(bus.Publish(new OrderCreated(6)), Is.EqualTo(PublishOutcome.Stopped));
    }

    [Test]
    public void A_consumer_gets_all_before_the_stop_ends([Values("loop", "batches", "runner", "batch runner", "poll")] string kind)
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new() { OutputBuffer = 16 });
        for (int i = 1; i <= 100; i++)
            bus.Publish(new OrderCreated(i));
        Task<BusStopReport> stop = bus.StopAsync(Eventually.HangGuard);
        Task consumer = kind switch
        {
            "loop" => Task.Run(async () =>
            {
                await foreach (EventMessage<OrderCreated> message in orders)
                    message.Ack();
            }),
            // The last one would wait for a minute: a stop hands incomplete batches out.
            "batches" => Task.Run(async () =>
            {
                await foreach (MessageBatch<OrderCreated> batch in orders.ReadBatchesAsync(16, TimeSpan.FromSeconds(25)))
                    batch.AckAll();
            }),
            "runner" => orders.RunAsync(static async _ => await Task.Yield(), maxConcurrency: 2),
            "batch runner" => orders.RunBatchesAsync(static _ => { }, 16, TimeSpan.FromSeconds(25)),
            _ => Task.Run(() =>
            {
                while (!stop.IsCompleted)
                {
                    if (orders.TryTake(out EventMessage<OrderCreated> message))
                        message.Ack();
                }
            }),
        };
        Assert.That(Eventually.Result(stop), Has.Property("IsDrained").True);
        Assert.That(consumer.Wait(Eventually.HangGuard), Is.True, "the consumer ends with the bus");
        Assert.That(orders.GetStatistics().Acked, Is.EqualTo(100));
    }

    [Test]
    public void A_batch_that_is_being_filled_is_handed_out_when_the_bus_stops()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        Task run = orders.RunBatchesAsync(static _ => { }, size: 10, TimeSpan.FromSeconds(25));
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => orders.GetStatistics().InFlight == 1);
        bus.StopDrained();
        Assert.That(run.Wait(Eventually.HangGuard) && orders.GetStatistics().Acked == 1, Is.True);
    }

    [Test]
    public void What_a_consumer_publishes_while_the_bus_stops_is_handled_too()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        MessageSubscription<OrderShipped> shipped = bus.SubscribeMessages<OrderShipped>();
        Task first = orders.RunAsync(message =>
        {
            // Settled before it publishes: the stop waits for the handler, not only for its message.
            int number = message.Payload.Number;
            message.Ack();
            bus.Publish(new OrderShipped(number));
        });
        Task second = shipped.RunAsync(static message => message.Ack());
        for (int i = 0; i < 200; i++)
            bus.Publish(new OrderCreated(i));
        bus.StopDrained();
        Assert.That(Task.WaitAll([first, second], Eventually.HangGuard), Is.True);
        Assert.That(shipped.GetStatistics().Acked, Is.EqualTo(200));
    }

    [Test]
    public async Task A_publisher_that_waits_for_room_is_told_that_the_bus_has_stopped([Values] bool isAsync, [Values] bool isDisposed)
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new() { Capacity = 1 });
        bus.Publish(new OrderCreated(1));
        Task<PublishOutcome> blocked = isAsync
            ? bus.PublishAsync(new OrderCreated(2)).AsTask()
            : Task.Factory.StartNew(() => bus.Publish(new OrderCreated(2)), TaskCreationOptions.LongRunning);
        Eventually.IsTrue(() => orders.Core.Queue.WaitingPublisherCount == 1);
        if (isDisposed)
        {
            await bus.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        }
        else
        {
            BusStopReport report = await bus.StopAsync(TimeSpan.FromMilliseconds(20)).WaitAsync(Eventually.HangGuard);
            Assert.That(report.Left.Single(), Is.EqualTo(new LeftInQueue(1, "order.created", 1, 0) { Publishers = 1 }));
        }

        Assert.That(Eventually.Result(blocked), Is.EqualTo(PublishOutcome.Stopped));
    }

    [Test]
    public async Task A_publisher_that_waits_for_room_in_a_queue_is_in_the_report()
    {
        EventBus bus = Buses.Started();
        var release = new TaskCompletionSource();
        BusSubscription hung = bus.Subscribe<OrderCreated>(async (_, _, _) => await release.Task, new() { QueueCapacity = 1 });
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => bus.QueueOf(hung).InFlight == 1);
        bus.Publish(new OrderCreated(2));
        Task<PublishOutcome> blocked = Task.Factory.StartNew(() => bus.Publish(new OrderCreated(3)), TaskCreationOptions.LongRunning);
        Eventually.IsTrue(() => hung.Queue!.WaitingPublisherCount == 1);
        BusStopReport report = await bus.StopAsync(TimeSpan.Zero).WaitAsync(Eventually.HangGuard);
        Assert.That(report.Left.Single(), Is.EqualTo(new LeftInQueue(hung.Id, hung.Name, 1, 1) { Publishers = 1 }));
        Assert.That(Eventually.Result(blocked), Is.EqualTo(PublishOutcome.Stopped));
        release.SetResult();
    }

    [Test]
    public async Task A_handler_on_its_publishers_thread_is_in_the_report()
    {
        EventBus bus = Buses.Started();
        var entered = new ManualResetEventSlim();
        var release = new ManualResetEventSlim();
        BusSubscription hung = bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) =>
        {
            entered.Set();
            release.Wait();
        });
        Task publisher = Task.Factory.StartNew(() => bus.Publish(new OrderCreated(1)), TaskCreationOptions.LongRunning);
        Eventually.IsOpen(entered);
        BusStopReport report = await bus.StopAsync(TimeSpan.Zero).WaitAsync(Eventually.HangGuard);
        Assert.That((report.IsDrained, report.Left.Single()), Is.EqualTo((false, new LeftInQueue(hung.Id, hung.Name, 0, 1))));
        release.Set();
        await publisher.WaitAsync(Eventually.HangGuard);
    }

    [Test]
    public async Task A_handler_that_hangs_is_cancelled_and_does_not_hold_the_stop()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        var entered = new ManualResetEventSlim();
        Task run = orders.RunAsync(async (_, token) =>
        {
            entered.Set();
            await Task.Delay(Timeout.Infinite, token);
        });
        bus.Publish(new OrderCreated(1));
        Eventually.IsOpen(entered);
        BusStopReport report = await bus.StopAsync(TimeSpan.Zero).WaitAsync(Eventually.HangGuard);
        Assert.That(report.Left.Single(), Is.EqualTo(new LeftInQueue(1, "order.created", 0, 1)));
        await run.WaitAsync(Eventually.HangGuard);
        Assert.That(orders.GetStatistics(), Has.Property("Waiting").EqualTo(1).And.Property("Released").EqualTo(1));
    }

    [Test]
    public async Task Without_a_time_a_subscription_that_nobody_reads_is_not_waited_for([Values] bool isDisposed)
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        bus.Publish(new OrderCreated(1));
        if (isDisposed)
            await bus.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        else
            Assert.That((await bus.StopAsync().WaitAsync(Eventually.HangGuard)).Left.Single().Queued, Is.EqualTo(1));
        Assert.That(orders.GetStatistics().Waiting, Is.EqualTo(1));
    }

    [Test]
    public async Task A_disposal_does_not_wait_for_a_retry_in_ten_minutes([Values] bool afterStop)
    {
        EventBus bus = Buses.Started(new EventBusOptions { DisposeTimeout = TimeSpan.FromMilliseconds(20) });
        int calls = 0;
        bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) =>
            {
                calls++;
                throw new InvalidOperationException("later");
            },
            new() { Retry = new() { BaseDelay = TimeSpan.FromMinutes(10), MaxDelay = TimeSpan.FromHours(1) } });
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => Volatile.Read(ref calls) == 1);
        // One that was begun without a time-out does not hold the disposal either.
        Task<BusStopReport>? stop = afterStop ? bus.StopAsync() : null;
        await bus.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        Assert.That((calls, bus.State), Is.EqualTo((1, LifecycleState.Stopped)));
        if (stop is not null)
            Assert.That((await stop).Left.Single().InFlight, Is.EqualTo(1));
    }

    [Test]
    public async Task A_second_stop_with_less_patience_ends_the_first()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        bus.Publish(new OrderCreated(1));
        orders.TryTake(out EventMessage _);
        Task<BusStopReport> first = bus.StopAsync();
        Assert.That(await bus.StopAsync(TimeSpan.Zero).WaitAsync(Eventually.HangGuard), Is.SameAs(await first));
        Assert.That((await first).Left.Single().InFlight, Is.EqualTo(1));
    }

    [Test]
    public async Task A_message_subscription_of_a_stopped_bus_is_refused()
    {
        EventBus bus = Buses.Started();
        await bus.StopAsync();
        Assert.That(() => bus.SubscribeMessages<OrderCreated>(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => bus.SubscribeMessages("order.*"), Throws.TypeOf<ObjectDisposedException>());
    }
}
