using Engine.Bus;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>Ways in which a handler may be attached to a bus.</summary>
public enum HandlerShape
{
    SyncMode,
    AsyncMode,
    AsyncHandler,
    BatchMode,
    BatchHandler,
    AdaptiveMode,
}

/// <summary>What holds in every mode.</summary>
[TestFixtureSource(nameof(Shapes))]
public class ModeContract(HandlerShape shape)
{
    private const int Count = 2000;

    public static IEnumerable<HandlerShape> Shapes => Enum.GetValues<HandlerShape>();

    [Test]
    public async Task One_publishers_events_arrive_in_order_and_once()
    {
        EventBus bus = Started();
        var seen = new List<int>();
        Subscribe(bus, order => seen.Add(order.Number));
        for (int i = 0; i < Count; i++)
            Assert.That(bus.Publish(new OrderCreated(i)), Is.EqualTo(PublishOutcome.Published));
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, Count)));
    }

    [Test]
    public async Task Events_of_several_publishers_keep_each_ones_order()
    {
        EventBus bus = Started();
        var last = new int[4];
        int inversions = 0;
        int calls = 0;
        Lock seenLock = new();
        Subscribe(bus, order =>
        {
            (int publisher, int number) = (order.Number >> 16, order.Number & 0xFFFF);
            lock (seenLock)
            {
                calls++;
                inversions += number == last[publisher] + 1 ? 0 : 1;
                last[publisher] = number;
            }
        });
        Threads.Run(last.Length, publisher =>
        {
            for (int i = 1; i <= Count; i++)
                bus.Publish(new OrderCreated((publisher << 16) | i));
        });
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That((inversions, calls), Is.EqualTo((0, last.Length * Count)));
    }

    [Test]
    public async Task A_handler_that_throws_disturbs_nobody()
    {
        var errors = new List<BusHandlerError>();
        EventBus bus = Started(new EventBusOptions { OnHandlerError = error => { lock (errors) errors.Add(error); } });
        int seen = 0;
        BusSubscription failing = Subscribe(bus, order =>
        {
            if (order.Number % 2 == 0)
                throw new InvalidOperationException($"no {order.Number}");
        });
        Subscribe(bus, _ => seen++);
        for (int i = 0; i < 10; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That(seen, Is.EqualTo(10));
        Assert.That(failing.ErrorCount, shape == HandlerShape.BatchHandler ? Is.GreaterThanOrEqualTo(5) : Is.EqualTo(5));
        Assert.That(errors, Has.Count.EqualTo((int)failing.ErrorCount));
        Assert.That(errors.Select(static error => error.SubscriptionId), Has.All.EqualTo(failing.Id));
    }

    [Test]
    public async Task After_the_subscription_has_ended_no_call_begins()
    {
        for (int round = 0; round < 50; round++)
        {
            EventBus bus = Started();
            bool hasEnded = false;
            int late = 0;
            BusSubscription subscription = Subscribe(bus, _ => late += Volatile.Read(ref hasEnded) ? 1 : 0);
            RunningThreads publisher = Threads.Start(() =>
            {
                for (int i = 0; i < 500; i++)
                    bus.Publish(new OrderCreated(i));
            });
            await subscription.DisposeAsync();
            Volatile.Write(ref hasEnded, true);
            publisher.Join();
            Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
            Assert.That(late, Is.Zero);
        }
    }

    [Test]
    public async Task A_stop_handles_what_was_published_and_what_that_leads_to()
    {
        EventBus bus = Started();
        int shipped = 0;
        Subscribe(bus, order => bus.Publish(new OrderShipped(order.Number)));
        bus.Subscribe<OrderShipped>((in OrderShipped _, EventContext _) => Interlocked.Increment(ref shipped), new() { Mode = ProcessingMode.Async });
        for (int i = 0; i < 100; i++)
            bus.Publish(new OrderCreated(i));
        BusStopReport report = await bus.StopAsync(Eventually.HangGuard);
        Assert.That((report.IsDrained, report.Left.Count, shipped, bus.State), Is.EqualTo((true, 0, 100, LifecycleState.Stopped)));
        Assert.That(bus.Publish(new OrderCreated(1)), Is.EqualTo(PublishOutcome.Stopped));
        Assert.That(shipped, Is.EqualTo(100));
    }

    [Test]
    public async Task An_event_published_by_a_handler_belongs_to_the_one_it_handles()
    {
        EventBus bus = Started();
        var links = new List<(int Number, Guid Correlation, Guid Causation, int Depth)>();
        Subscribe(bus, order => bus.Publish(new OrderShipped(order.Number)));
        bus.Subscribe<OrderShipped>((in OrderShipped shipped, EventContext context) =>
        {
            lock (links)
                links.Add((shipped.Number, context.CorrelationId, context.CausationId, context.Depth));
        });
        Guid[] ids = [.. Enumerable.Range(0, 20).Select(static _ => Guid.NewGuid())];
        Guid whole = Guid.NewGuid();
        for (int i = 0; i < ids.Length; i++)
            bus.Publish(new OrderCreated(i), new EventIds { Id = ids[i], CorrelationId = whole });
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That(links, Has.Count.EqualTo(ids.Length));
        Assert.That(links.Select(static link => link.Depth), Has.All.EqualTo(1));
        if (shape == HandlerShape.BatchHandler)
            return; // What a batch causes is caused by the batch.
        Assert.That(links.Select(static link => (link.Correlation, link.Causation)), Is.EqualTo(links.Select(link => (whole, ids[link.Number]))));
    }

    [Test]
    public async Task Handlers_that_publish_to_each_other_are_stopped_at_the_depth_allowed()
    {
        var errors = new List<Exception>();
        EventBus bus = Started(new EventBusOptions { MaxCausationDepth = 7, OnHandlerError = error => { lock (errors) errors.Add(error.Exception); } });
        int calls = 0;
        Subscribe(bus, order =>
        {
            Interlocked.Increment(ref calls);
            bus.Publish(new OrderCreated(order.Number + 1));
        });
        bus.Publish(new OrderCreated(0));
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That(calls, Is.EqualTo(8));
        Assert.That(errors.Single(), Is.TypeOf<EventLoopException>().With.Message.Contains("at most 7"));
    }

    [Test]
    public async Task The_ledger_adds_up()
    {
        EventBus bus = Started();
        BusSubscription subscription = Subscribe(bus, order =>
        {
            if (order.Number % 3 == 0)
                throw new InvalidOperationException();
        });
        for (int i = 0; i < 300; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        BusSubscriptionStatistics statistics = bus.GetStatistics().Subscriptions.Single(s => s.Id == subscription.Id);
        Assert.That(statistics.DeliveredCount, Is.EqualTo(300));
        if (statistics.Queue is not { } queue)
            return;
        Assert.That(queue.Succeeded + queue.Failed + queue.Discarded + queue.DroppedOldest + queue.Queued, Is.EqualTo(queue.Accepted));
        Assert.That((queue.Queued, queue.InFlight, queue.Rejected), Is.EqualTo((0, 0, 0L)));
        BusTopicStatistics topic = bus.GetStatistics().Topics.Single();
        Assert.That((topic.EventPool.InUseCount, topic.EventPool.RentedCount), Is.EqualTo((0L, queue.Accepted)));
    }

    private static EventBus Started(EventBusOptions? options = null)
    {
        var bus = new EventBus("contract", options);
        bus.Start();
        return bus;
    }

    private BusSubscription Subscribe(EventBus bus, Action<OrderCreated> handler)
    {
        void Sync(in OrderCreated order, EventContext context) => handler(order);
        return shape switch
        {
            HandlerShape.SyncMode => bus.Subscribe<OrderCreated>(Sync),
            HandlerShape.AsyncMode => bus.Subscribe<OrderCreated>(Sync, new() { Mode = ProcessingMode.Async }),
            HandlerShape.AsyncHandler => bus.Subscribe<OrderCreated>(async (order, _, _) =>
            {
                await Task.Yield();
                handler(order);
            }),
            HandlerShape.BatchMode => bus.Subscribe<OrderCreated>(Sync, new() { Mode = ProcessingMode.Batch, BatchSize = 7 }),
            HandlerShape.BatchHandler => bus.SubscribeBatch<OrderCreated>(
                async (batch, _) =>
                {
                    await Task.Yield();
                    foreach (OrderCreated order in batch.Events.ToArray())
                        handler(order);
                },
                new() { BatchSize = 7 }),
            _ => bus.Subscribe<OrderCreated>(Sync, new() { Mode = ProcessingMode.Adaptive }),
        };
    }
}
