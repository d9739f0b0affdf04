using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Bus.Versions;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>What docs/decisions/0016-surprises-of-the-bus.md says.</summary>
public class DecisionTests
{
    [Test]
    public void A_null_is_no_event_and_the_publisher_is_told()
    {
        EventBus bus = Buses.Started();
        int calls = 0;
        BusSubscription one = bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => calls++);
        foreach (Action publish in new Action[]
        {
            () => bus.Publish<OrderCreated>(null!),
            () => bus.Publish<OrderCreated>(null!, new EventIds { Id = Guid.NewGuid() }),
            () => bus.PublishAsync<OrderCreated>(null!).AsTask(),
            () => bus.GetTopic<OrderCreated>().Publish(null!),
            () => one.Deliver<OrderCreated>(null!),
            () => bus.SubscribeMessages<OrderCreated>().Deliver<OrderCreated>(null!),
        })
        {
            Assert.That(Thrown.By<ArgumentNullException>(publish).Message, Does.Contain("order.created").And.Contain("event"));
        }

        Assert.That((calls, bus.Publish(new OrderCreated(1))), Is.EqualTo((0, PublishOutcome.Published)));
        Assert.That(bus.GetStatistics().Published, Is.EqualTo(1));
    }

    [Test]
    public void A_second_attachment_of_the_same_events_is_refused_until_the_first_has_ended()
    {
        EventEngine engine = Engines.Start();
        EventBus bus = Buses.Started();
        EngineAttachment first = bus.Attach(engine, static descriptor => descriptor.Name == "test.number");
        Assert.That(
            Thrown.By<InvalidOperationException>(() => bus.Attach(engine)).Message, Does.Contain("\"test.number\"").And.Contain("twice"));
        bus.Attach(engine, static descriptor => descriptor.Name != "test.number").Dispose();
        Buses.Started().Attach(engine).Dispose();
        first.Dispose();
        bus.Attach(engine).Dispose();
    }

    [Test]
    public void A_second_upcasting_of_the_same_version_is_refused_until_the_first_has_ended()
    {
        EventBus bus = Buses.Started();
        VersionedBus first = CustomerNamed.Versions().Attach(bus);
        int before = bus.GetStatistics().Subscriptions.Count;
        Assert.That(
            Thrown.By<InvalidOperationException>(() => CustomerNamed.Versions().Attach(bus)).Message, Does.Contain("upcast on bus"));
        Assert.That(bus.GetStatistics().Subscriptions, Has.Count.EqualTo(before));
        first.Dispose();
        CustomerNamed.Versions().Attach(bus).Dispose();
    }

    [Test]
    public async Task An_asynchronous_publish_offers_the_event_to_all_and_then_waits_for_all_together([Values] bool isMessages)
    {
        EventBus bus = Buses.Started();
        var stuck = new TaskCompletionSource();
        var brief = new TaskCompletionSource();
        int handled = 0;
        MessageSubscription<OrderCreated>? messages = null;
        if (isMessages)
            messages = bus.SubscribeMessages<OrderCreated>(new() { Capacity = 1, Priority = 2 });
        else
            bus.Subscribe<OrderCreated>(async (_, _, _) => await stuck.Task, new() { QueueCapacity = 1, Priority = 2 });
        BusSubscription full = bus.Subscribe<OrderCreated>(
            async (order, _, _) =>
            {
                await brief.Task;
                Volatile.Write(ref handled, order.Number);
            },
            new() { QueueCapacity = 1, Priority = 1 });
        int free = 0;
        bus.Subscribe<OrderCreated>((in OrderCreated order, EventContext _) => free = order.Number);
        ValueTask<PublishOutcome> last = default;
        int sent = 0;
        // Until both are full.
        for (bool isWaiting = false; !isWaiting || full.Queue!.WaitingPublisherCount == 0;)
        {
            Assert.That(sent, Is.LessThan(10));
            last = bus.PublishAsync(new OrderCreated(++sent));
            isWaiting = !last.IsCompleted;
            if (!isMessages && sent == 1)
                Eventually.IsTrue(() => bus.GetStatistics().Subscriptions.Take(2).All(static s => s.Queue!.InFlight == 1));
            if (isMessages && sent == 1)
                Eventually.IsTrue(() => bus.QueueOf(full).InFlight == 1);
        }

        Assert.That(free, Is.EqualTo(sent), "who has room has it at once");
        brief.SetResult();
        Eventually.IsTrue(() => Volatile.Read(ref handled) == sent);
        Assert.That(last.IsCompleted, Is.False, "the stuck one is still waited for, and holds up nobody");
        stuck.SetResult();
        Task drain = messages is null ? Task.CompletedTask : messages.RunAsync(static message => message.Ack());
        Assert.That(await last.AsTask().WaitAsync(Eventually.HangGuard), Is.EqualTo(PublishOutcome.Published));
        bus.StopDrained();
        await drain.WaitAsync(Eventually.HangGuard);
    }

    [Test]
    public async Task A_cancelled_wait_for_room_counts_the_event_as_rejected_and_passes_its_turn_on()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<OrderCreated> orders = bus.SubscribeMessages<OrderCreated>(new() { Capacity = 1 });
        bus.Publish(new OrderCreated(1));
        using var source = new CancellationTokenSource();
        Task<PublishOutcome> cancelled = bus.PublishAsync(new OrderCreated(2), cancellationToken: source.Token).AsTask();
        Task<PublishOutcome> next = bus.PublishAsync(new OrderCreated(3)).AsTask();
        await source.CancelAsync();
        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());
        orders.TryTake(out EventMessage<OrderCreated> first);
        first.Ack();
        Assert.That(Eventually.Result(next), Is.EqualTo(PublishOutcome.Published));
        Assert.That(orders.TryTake(out EventMessage<OrderCreated> third) && third.Payload.Number == 3, Is.True);
        Assert.That(orders.GetStatistics(), Has.Property("Rejected").EqualTo(1).And.Property("IsBalanced").True);
    }

    [Test]
    public void A_nested_event_reaches_handlers_before_its_cause_unless_they_come_first()
    {
        EventBus bus = Buses.Started();
        var later = new List<string>();
        var earlier = new List<string>();
        bus.Subscribe<OrderCreated>((in OrderCreated order, EventContext _) => bus.Publish(new OrderShipped(order.Number)));
        Log(later, 0);
        Log(earlier, 1);
        bus.Publish(new OrderCreated(1));
        Assert.That(later, Is.EqualTo(new[] { "order.shipped", "order.created" }), "events are handled depth first");
        Assert.That(earlier, Is.EqualTo(new[] { "order.created", "order.shipped" }), "a higher priority sees the cause first");

        void Log(List<string> log, int priority) => bus.Subscribe(
            "order.*", Engine.Bus.Handlers.BusHandler.CreateAny(context => log.Add(context.EventType.Name)), new() { Priority = priority });
    }

    [Test]
    public void Handlers_that_block_all_dispatchers_and_the_pool_hold_others_up_for_a_moment_only()
    {
        const int Blocked = 30;
        EventBus bus = Buses.Started(new EventBusOptions { Async = { DispatcherCount = 1 } });
        var release = new ManualResetEventSlim();
        int entered = 0;
        for (int i = 0; i < Blocked; i++)
        {
            bus.Subscribe<OrderCreated>(
                (in OrderCreated _, EventContext _) =>
                {
                    Interlocked.Increment(ref entered);
                    release.Wait();
                },
                new() { Mode = ProcessingMode.Async });
        }

        int calls = 0;
        bus.Subscribe<OrderShipped>(
            (in OrderShipped _, EventContext _) => Interlocked.Increment(ref calls), new() { Mode = ProcessingMode.Async });
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderShipped(1));
        Eventually.IsTrue(() => Volatile.Read(ref calls) == 1 && Volatile.Read(ref entered) == Blocked);
        release.Set();
        bus.StopDrained();
    }
}
