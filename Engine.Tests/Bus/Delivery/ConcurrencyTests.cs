using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>How many handlers of a subscription run at the same time, and what stays in order although several do.</summary>
public class ConcurrencyTests
{
    [Test]
    public void As_many_handlers_run_as_may_and_never_more([Values(1, 3)] int limit)
    {
        EventBus bus = Buses.Started();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        int most = 0;
        Lock runningLock = new();
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            async (order, _, _) =>
            {
                lock (runningLock)
                    most = Math.Max(most, ++running);
                await gate.Task;
                if (order.Number % 2 == 0)
                    await Task.Yield();
                lock (runningLock)
                    running--;
            },
            new() { MaxConcurrency = limit });
        for (int i = 0; i < 200; i++)
            bus.Publish(new OrderCreated(i));
        // Not those that were taken: what was taken may not have been handed to its handler yet.
        Eventually.IsTrue(() => Running() == limit);
        gate.SetResult();
        bus.StopDrained();
        Assert.That((most, subscription.DeliveredCount), Is.EqualTo((limit, 200L)));

        int Running()
        {
            lock (runningLock)
                return running;
        }
    }

    [Test]
    public void The_limit_can_be_raised_and_lowered_while_events_flow()
    {
        EventBus bus = Buses.Started();
        var permits = new SemaphoreSlim(0);
        int running = 0;
        int left = 0;
        int most = 0;
        int permitted = 0;
        Lock runningLock = new();
        BusSubscription subscription = bus.Subscribe<OrderCreated>(async (_, _, token) =>
        {
            lock (runningLock)
                most = Math.Max(most, ++running);
            await permits.WaitAsync(token);
            lock (runningLock)
            {
                running--;
                left++;
            }
        });
        for (int i = 0; i < 100; i++)
            bus.Publish(new OrderCreated(i));
        Eventually.IsTrue(() => AllWait(1));
        foreach (int limit in (int[])[4, 2, 5, 1])
        {
            bus.UpdateOptions(new EventBusOptions { Async = { MaxConcurrency = limit } });
            // Those above a lower limit end with the event they have.
            Permit(5);
            Eventually.IsTrue(() => AllWait(limit));
            lock (runningLock)
                most = running;
            Permit(10);
            Eventually.IsTrue(() => AllWait(limit));
            lock (runningLock)
                Assert.That(most, Is.LessThanOrEqualTo(limit));
        }

        permits.Release(100);
        bus.StopDrained();
        Assert.That(subscription.DeliveredCount, Is.EqualTo(100));

        void Permit(int count)
        {
            permitted += count;
            permits.Release(count);
        }

        // As many have left as were permitted to, and those that may run wait: nothing moves any more.
        bool AllWait(int limit)
        {
            lock (runningLock)
                return left == permitted && running == limit;
        }
    }

    [Test]
    public void A_key_keeps_its_order_while_keys_run_side_by_side([Values] bool isMadeInSyncMode)
    {
        const int Keys = 16;
        var parallel = new EventBusOptions { DefaultMode = ProcessingMode.Async };
        EventBus bus = Buses.Started(isMadeInSyncMode ? new EventBusOptions() : parallel);
        var last = new int[Keys];
        int inversions = 0;
        int running = 0;
        var two = new ManualResetEventSlim();
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated order, EventContext _) =>
            {
                if (Interlocked.Increment(ref running) > 1)
                    two.Set();
                // The first event of each key waits for that of another one.
                if (order.Number < Keys)
                    Eventually.IsOpen(two);
                if (Interlocked.Exchange(ref last[order.Number % Keys], order.Number) > order.Number)
                    Interlocked.Increment(ref inversions);
                Interlocked.Decrement(ref running);
            },
            new() { MaxConcurrency = 4, OrderingKey = static (in OrderCreated order) => order.Number % Keys });
        bus.UpdateOptions(parallel);
        for (int i = 0; i < 5000; i++)
            bus.Publish(new OrderCreated(i));
        bus.StopDrained();
        Assert.That((inversions, subscription.DeliveredCount), Is.EqualTo((0, 5000L)));
    }

    [Test]
    public void An_event_has_the_same_ids_at_all_its_subscriptions()
    {
        EventBus bus = Buses.Started();
        var ids = new List<(Guid, Guid, Guid)>();
        void Note(EventContext context)
        {
            lock (ids)
                ids.Add((context.Id, context.CorrelationId, context.CausationId));
        }

        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext context) => Note(context), new() { Mode = ProcessingMode.Async });
        bus.Subscribe<OrderCreated>((_, context, _) =>
        {
            Note(context);
            return ValueTask.CompletedTask;
        });
        bus.SubscribeBatch<OrderCreated>((batch, _) =>
        {
            Note(batch.ContextOf(0));
            return ValueTask.CompletedTask;
        });
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext context) => Note(context));
        bus.Publish(new OrderCreated(1));
        bus.StopDrained();
        Assert.That(ids, Has.Count.EqualTo(4));
        Assert.That(ids.Distinct().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public void What_an_asynchronous_handler_publishes_after_an_await_belongs_to_its_event()
    {
        EventBus bus = Buses.Started();
        var links = new List<(int Number, Guid Causation, int Depth)>();
        bus.Subscribe<OrderShipped>((in OrderShipped shipped, EventContext context) =>
        {
            lock (links)
                links.Add((shipped.Number, context.CausationId, context.Depth));
        });
        bus.Subscribe<OrderCreated>(
            async (order, _, _) =>
            {
                await Task.Yield();
                await Task.Run(async () =>
                {
                    await Task.Yield();
                    bus.Publish(new OrderShipped(order.Number));
                }, CancellationToken.None);
            },
            new() { MaxConcurrency = 3 });
        Guid[] ids = [.. Enumerable.Range(0, 100).Select(static _ => Guid.NewGuid())];
        for (int i = 0; i < ids.Length; i++)
            bus.Publish(new OrderCreated(i), new EventIds { Id = ids[i] });
        bus.StopDrained();
        Assert.That(links, Has.Count.EqualTo(ids.Length));
        Assert.That(links.Select(static link => (link.Causation, link.Depth)), Is.EqualTo(links.Select(link => (ids[link.Number], 1))));
    }

    [Test]
    public void A_handler_that_another_one_resumes_stays_inside_its_own_event()
    {
        EventBus bus = Buses.Started();
        // Continuations run at once, on the thread that sets the result: inside the synchronous handler.
        var resume = new TaskCompletionSource();
        var entered = new ManualResetEventSlim();
        Guid cause = default;
        bus.Subscribe<OrderCreated>(async (_, _, _) =>
        {
            entered.Set();
            await resume.Task.ConfigureAwait(false);
            bus.Publish(new OrderShipped(2));
        });
        bus.Subscribe<OrderShipped>((in OrderShipped shipped, EventContext context) =>
        {
            if (shipped.Number == 1)
                resume.SetResult();
            else
                cause = context.CausationId;
        });
        Guid created = Guid.NewGuid();
        bus.Publish(new OrderCreated(1), new EventIds { Id = created });
        Eventually.IsOpen(entered);
        // It has returned its task: now it waits.
        Eventually.IsTrue(() => bus.GetStatistics().Dispatchers is { ActiveCount: 0, ReadyCount: 0 });
        bus.Publish(new OrderShipped(1), new EventIds { Id = Guid.NewGuid() });
        bus.StopDrained();
        Assert.That(cause, Is.EqualTo(created));
    }
}
