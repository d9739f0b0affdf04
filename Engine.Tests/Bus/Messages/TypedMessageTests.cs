using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>Messages of one type: lines as people write them, filters, order per key, batches.</summary>
public class TypedMessageTests
{
    [Test]
    public async Task A_loop_has_the_payload_at_hand()
    {
        EventBus bus = Buses.Started();
        await using MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>();
        bus.Publish(new OrderCreated(1, "Ada"));
        bus.Publish(new OrderCreated(2, "Bob"));
        var seen = new List<string>();
        await foreach (EventMessage<OrderCreated> message in orders.Take(2))
        {
            seen.Add($"{message.Payload.Customer} {message.EventType.Name} {message.Sequence} {message.Attempt}");
            message.Ack();
            Assert.That(() => message.Payload, Throws.InvalidOperationException.With.Message.Contains("is settled"));
        }

        Assert.That(seen, Is.EqualTo(new[] { "Ada order.created 1 1", "Bob order.created 2 1" }));
        Assert.That(default(EventMessage<OrderCreated>) == default, Is.True);
        Assert.That(() => default(EventMessage<OrderCreated>).Payload, Throws.InvalidOperationException);
    }

    [Test]
    public void It_is_an_untyped_subscription_where_one_is_asked_for()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> typed = bus.SubscribeMessages<OrderCreated>(new MessageSubscriptionOptions { Name = "orders" });
        MessageSubscription untyped = typed;
        bus.Publish(new OrderCreated(7));
        Assert.That(typed.TryTake(out EventMessage<OrderCreated> message), Is.True);
        EventMessage same = message;
        Assert.That(same.TryGet<OrderCreated>(out OrderCreated? order) && order == message.Payload, Is.True);
        Assert.That(same.Ack(), Is.EqualTo(SettlementOutcome.Settled));
        Assert.That((untyped.GetStatistics().Acked, untyped.Name), Is.EqualTo((1L, "orders")));
        Assert.That(bus.GetStatistics().Messages, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Handlers_are_what_people_write()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(
            new() { Retry = new() { MaxAttempts = 1 }, OutputBuffer = 4 });
        static Task Later(int _) => Task.CompletedTask;
        Task[] runs =
        [
            orders.RunAsync(async (m, token) => await Task.Delay(m.Payload.Number, token)),
            orders.RunAsync(async m => await Later(m.Payload.Number)),
            orders.RunAsync((m, _) => Later(m.Payload.Number)),
            orders.RunAsync(m => Later(m.Payload.Number)),
            orders.RunAsync(m => m.Ack()),
            orders.RunAsync(_ => throw new InvalidOperationException("no stock"), maxConcurrency: 2),
            orders.RunBatchesAsync(batch => batch.AckAll(), 2, TimeSpan.Zero),
            orders.RunBatchesAsync(async batch => await Later(batch[0].Payload.Number), 2, TimeSpan.Zero),
            orders.RunBatchesAsync(async (batch, token) => await Task.Delay(batch.Count, token), 2, TimeSpan.Zero),
        ];
        for (int i = 0; i < 100; i++)
            bus.Publish(new OrderCreated(0));
        await bus.StopAsync(Eventually.HangGuard);
        Assert.That(Task.WaitAll(runs, Eventually.HangGuard), Is.True);
        Assert.That(orders.GetStatistics(), Has.Property("Waiting").Zero.And.Property("IsBalanced").True);
    }

    [Test]
    public void What_a_filter_stops_is_no_message()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> large = bus.SubscribeMessages<OrderCreated>(
            new() { Filter = EventFilter.Where(static (in OrderCreated e) => e.Number > 100) });
        MessageSubscription shipped = bus.SubscribeMessages(
            "order.*", new MessageSubscriptionOptions { AnyFilter = AnyEventFilter.OfTypes("order.shipped") });
        bus.Publish(new OrderCreated(5));
        bus.Publish(new OrderCreated(500));
        bus.Publish(new OrderShipped(5));
        Assert.That(large.TryTake(out EventMessage<OrderCreated> message) && message.Payload.Number == 500, Is.True);
        Assert.That((large.GetStatistics().Accepted, shipped.GetStatistics().Accepted), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public void Messages_of_a_key_are_handed_out_one_after_the_other_also_when_one_fails()
    {
        var time = new ManualTime();
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new()
        {
            OrderingKey = static (in OrderCreated e) => e.Customer.Length,
            TimeProvider = time,
            Retry = new() { MaxAttempts = 2 },
        });
        foreach ((int number, string customer) in new[] { (1, "a"), (2, "a"), (3, "bb"), (4, "a"), (5, "bb") })
            bus.Publish(new OrderCreated(number, customer));
        EventMessage<OrderCreated> a1 = Take(1);
        EventMessage<OrderCreated> b1 = Take(3);
        Assert.That(orders.TryTake(out EventMessage _), Is.False, "the others wait for those two");
        Assert.That(orders.GetStatistics(), Has.Property("Waiting").EqualTo(3).And.Property("InFlight").EqualTo(2));
        Assert.That(orders.GetStatistics().Checkpoint, Is.Zero);
        b1.Ack();
        a1.Nack(TimeSpan.FromSeconds(1));
        Take(5).Ack();
        Assert.That(orders.TryTake(out EventMessage _), Is.False, "a failed one holds its key");
        time.Advance(TimeSpan.FromSeconds(1));
        Take(1).Nack();
        Take(2).Ack();
        ParkedMessage parked = orders.GetParked().Single();
        Assert.That(orders.GetStatistics().Checkpoint, Is.EqualTo(3));
        Assert.That(orders.Requeue(parked), Is.EqualTo(ParkedOutcome.Requeued));
        Assert.That(orders.GetStatistics().Waiting, Is.EqualTo(2));
        Take(4).Ack();
        Take(1).Ack();
        Assert.That(
            orders.GetStatistics(),
            Has.Property("Acked").EqualTo(5).And.Property("Checkpoint").EqualTo(5).And.Property("IsBalanced").True);

        EventMessage<OrderCreated> Take(int number)
        {
            Assert.That(orders.TryTake(out EventMessage<OrderCreated> message), Is.True);
            Assert.That(message.Payload.Number, Is.EqualTo(number));
            return message;
        }
    }

    [Test]
    public void Many_consumers_keep_the_order_of_each_key()
    {
        const int Keys = 7;
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(
            new()
            {
                OrderingKey = static (in OrderCreated e) => e.Number % Keys,
                Retry = new() { BaseDelay = TimeSpan.FromMilliseconds(1) },
            });
        var seen = new System.Collections.Concurrent.ConcurrentQueue<int>();
        int calls = 0;
        Task run = orders.RunAsync(
            async message =>
            {
                await Task.Yield();
                if (Interlocked.Increment(ref calls) % 5 == 0 && message.Attempt == 1)
                    throw new InvalidOperationException("again");
                seen.Enqueue(message.Payload.Number);
            },
            maxConcurrency: 8);
        for (int i = 0; i < 700; i++)
            bus.Publish(new OrderCreated(i));
        bus.StopDrained();
        Assert.That(run.Wait(Eventually.HangGuard), Is.True);
        Assert.That(seen, Has.Count.EqualTo(700));
        foreach (IGrouping<int, int> key in seen.GroupBy(static number => number % Keys))
            Assert.That(key, Is.Ordered);
    }

    [Test]
    public void A_full_queue_drops_the_oldest_that_waits_for_its_key()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new()
        {
            Capacity = 2,
            OverflowPolicy = Engine.Primitives.OverflowPolicy.DropOldest,
            OrderingKey = static (in OrderCreated _) => 1,
        });
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderCreated(2));
        Assert.That(orders.TryTake(out EventMessage first), Is.True);
        Assert.That(bus.Publish(new OrderCreated(3)), Is.EqualTo(PublishOutcome.Published));
        first.Ack();
        Assert.That(orders.TryTake(out EventMessage<OrderCreated> next) && next.Payload.Number == 3, Is.True);
        Assert.That(orders.GetStatistics(), Has.Property("DroppedOldest").EqualTo(1).And.Property("IsBalanced").True);
    }

    [Test]
    public async Task A_batch_that_fails_is_nacked_as_a_whole_but_for_what_was_settled()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new() { Retry = new() { MaxAttempts = 1 } });
        for (int i = 0; i < 3; i++)
            bus.Publish(new OrderCreated(i));
        Task run = orders.RunBatchesAsync(
            batch =>
            {
                foreach (EventMessage<OrderCreated> message in batch)
                {
                    if (message.Payload.Number == 1)
                        message.Ack();
                }

                throw new InvalidOperationException("the database is away");
            },
            size: 3,
            TimeSpan.FromSeconds(20));
        Eventually.IsTrue(() => orders.GetStatistics().Parked == 2);
        Assert.That(orders.GetStatistics(), Has.Property("Acked").EqualTo(1).And.Property("Nacked").EqualTo(2));
        Assert.That(orders.GetParked().Select(static parked => parked.Failure.Exception?.Message), Is.All.EqualTo("the database is away"));
        await orders.DisposeAsync();
        await run.WaitAsync(Eventually.HangGuard);
    }

    [Test]
    public async Task The_leases_of_a_batch_are_renewed_while_its_handler_runs_and_its_publishes_know_their_depth()
    {
        var time = new ManualTime();
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(
            new() { Lease = TimeSpan.FromSeconds(10), MaxLease = TimeSpan.FromMinutes(1), TimeProvider = time });
        (int Depth, Guid Cause) seen = default;
        bus.Subscribe((in OrderShipped _, EventContext context) => seen = (context.Depth, context.CausationId));
        var entered = new ManualResetEventSlim();
        var gate = new TaskCompletionSource();
        Task run = orders.RunBatchesAsync(
            async _ =>
            {
                entered.Set();
                await gate.Task;
                bus.Publish(new OrderShipped(1));
            },
            size: 2,
            TimeSpan.FromSeconds(5));
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderCreated(2), new EventIds { Depth = 5 });
        Eventually.IsOpen(entered);
        for (int i = 0; i < 5; i++)
            time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(orders.GetStatistics(), Has.Property("Expired").Zero.And.Property("InFlight").EqualTo(2));
        gate.SetResult();
        Eventually.IsTrue(() => orders.GetStatistics().Acked == 2);
        Assert.That(seen.Depth, Is.EqualTo(6), "deeper than the deepest of the batch");
        Assert.That(seen.Cause, Is.Not.EqualTo(Guid.Empty));
        await orders.DisposeAsync();
        await run.WaitAsync(Eventually.HangGuard);
    }

    [Test]
    public async Task A_loop_through_batches_and_loops_that_give_caused_ids_is_found([Values] bool isBatch)
    {
        EventBus bus = Buses.Started(new EventBusOptions { MaxCausationDepth = 10 });
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new() { Retry = new() { MaxAttempts = 1 } });
        Task run = isBatch
            ? orders.RunBatchesAsync(batch => bus.Publish(batch[0].Payload), 4, TimeSpan.Zero)
            : Task.Run(async () =>
            {
                await foreach (EventMessage<OrderCreated> message in orders)
                {
                    try
                    {
                        bus.Publish(message.Payload, message.CausedIds);
                        message.Ack();
                    }
                    catch (EventLoopException exception)
                    {
                        message.Nack(exception);
                    }
                }
            });
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => orders.GetStatistics().Parked == 1);
        Assert.That(orders.GetStatistics(), Has.Property("Acked").EqualTo(10));
        Assert.That(orders.GetParked().Single().Failure.Exception, Is.TypeOf<EventLoopException>());
        await orders.DisposeAsync();
        await run.WaitAsync(Eventually.HangGuard);
    }

    [Test]
    public void An_extension_that_races_the_end_of_a_lease_wins_or_is_stale_and_never_both()
    {
        for (int round = 0; round < 500; round++)
        {
            var bench = new MessageBench(new() { Lease = TimeSpan.FromSeconds(1) });
            EventMessage message = bench.PublishAndTake();
            SettlementOutcome extended = default;
            Threads.Run(
                () => extended = message.Extend(TimeSpan.FromMinutes(1)),
                () => bench.Time.Advance(TimeSpan.FromSeconds(1)));
            bool isExtended = extended == SettlementOutcome.Extended;
            Assert.That(bench.Statistics.Expired, Is.EqualTo(isExtended ? 0 : 1), extended.ToString());
            Assert.That(message.Ack(), Is.EqualTo(isExtended ? SettlementOutcome.Settled : SettlementOutcome.Stale));
            Assert.That(bench.Statistics.IsBalanced, Is.True);
        }
    }
}
