using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Versions;

/// <summary>Older versions that are published on the bus.</summary>
public class VersionedBusTests : VersionedBusFixture
{
    [Test]
    public void A_handler_of_the_newest_version_gets_older_ones()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        Assert.That(Bus.Publish(new CustomerNamedV1("Ada Lovelace")), Is.EqualTo(PublishOutcome.Published));
        Bus.Publish(new CustomerNamedV2("Alan", "Turing"));
        Bus.Publish(new CustomerNamed("Konrad", "Zuse", "de"));
        Assert.That(Seen.Select(static seen => seen.Event), Is.EqualTo(new CustomerNamed[]
        {
            new("Ada", "Lovelace", "en"), new("Alan", "Turing", "en"), new("Konrad", "Zuse", "de"),
        }));
    }

    [Test]
    public void A_handler_of_an_older_version_still_gets_it_as_it_was()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        var old = new List<CustomerNamedV1>();
        Bus.Subscribe((in CustomerNamedV1 e, EventContext _) => old.Add(e));
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        Assert.That((old.Count, Seen.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Ids_correlation_causation_and_depth_are_those_of_the_older_event()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"), ids);
        Assert.That(Seen.Single().Ids, Is.EqualTo(ids));
        Assert.That(Seen.Single().Depth, Is.Zero);
    }

    [Test]
    public void Ids_that_the_bus_makes_are_the_same_for_both_versions()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        EventIds old = default;
        Bus.Subscribe(
            (in CustomerNamedV2 _, EventContext context) => old = IdsOf(context),
            new BusSubscriptionOptions<CustomerNamedV2> { Priority = -1 });
        Bus.Publish(new CustomerNamedV2("Alan", "Turing"));
        Assert.That(Seen.Single().Ids, Is.EqualTo(old));
    }

    [Test]
    public void An_older_event_that_a_handler_publishes_is_caused_by_the_handlers_event()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        Guid cause = default;
        Bus.Subscribe((in OrderCreated _, EventContext context) =>
        {
            cause = context.Id;
            Bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        });
        Bus.Publish(new OrderCreated(1));
        Assert.That(
            (Seen.Single().Ids.CausationId, Seen.Single().Ids.CorrelationId, Seen.Single().Depth), Is.EqualTo((cause, cause, 1)));
    }

    [Test]
    public void What_a_handler_of_the_newest_version_publishes_is_caused_by_the_older_event()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        Bus.Subscribe((in CustomerNamed _, EventContext _) => Bus.Publish(new OrderCreated(1)));
        (Guid Cause, int Depth) seen = default;
        Bus.Subscribe((in OrderCreated _, EventContext context) => seen = (context.CausationId, context.Depth));
        var ids = new EventIds { Id = Guid.NewGuid() };
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"), ids);
        Assert.That(seen, Is.EqualTo((ids.Id, 1)));
    }

    [Test]
    public void A_loop_by_way_of_an_upcast_is_still_stopped()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        int calls = 0;
        Bus.Subscribe((in CustomerNamed e, EventContext context) =>
        {
            calls++;
            Bus.Publish(new CustomerNamedV1("Ada Lovelace"), IdsOf(context));
        });
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"), new EventIds { Id = Guid.NewGuid() });
        Assert.That((calls, Errors.Single().Exception is EventLoopException), Is.EqualTo((1, true)));
    }

    [Test]
    public void An_upcaster_that_throws_is_an_error_of_the_upcast_and_stops_nobody()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        int old = 0;
        Bus.Subscribe((in CustomerNamedV1 _, EventContext _) => old++);
        Bus.Publish(new CustomerNamedV1("Plato"));
        Assert.That((old, Seen.Count), Is.EqualTo((1, 0)));
        Assert.That(
            (Errors.Single().SubscriptionName, Errors[0].Exception.GetType()),
            Is.EqualTo(("upcast customer.named v1 to v3", typeof(FormatException))));
    }

    [Test]
    public void A_queued_handler_of_the_newest_version_gets_older_ones_with_their_ids()
    {
        SetBus(new EventBusOptions { DefaultMode = ProcessingMode.Async });
        Bus.Start();
        using VersionedBus versioned = AttachAndSubscribe();
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"), ids);
        Eventually.Result(Bus.StopAsync(Eventually.HangGuard));
        Assert.That(Seen.Single(), Is.EqualTo((new CustomerNamed("Ada", "Lovelace", "en"), ids, 0)));
    }

    [Test]
    public void The_publisher_of_an_older_version_learns_that_a_queue_of_the_newest_is_full()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        Bus.Subscribe(static (in CustomerNamed _, EventContext _) => { }, new BusSubscriptionOptions<CustomerNamed>
        {
            Mode = ProcessingMode.Async,
            QueueCapacity = 1,
            OverflowPolicy = Engine.Primitives.OverflowPolicy.Fail,
        });
        // Not started, so that nothing leaves the queue.
        PublishOutcome[] outcomes = [.. Enumerable.Range(0, 2).Select(_ => Bus.Publish(new CustomerNamedV2("A", "B")))];
        Assert.That(outcomes, Is.EqualTo(new[] { PublishOutcome.Published, PublishOutcome.Rejected }));
    }

    [Test]
    public void An_upcast_that_is_tried_again_on_the_pool_is_as_deep_as_its_event_and_still_no_loop()
    {
        var retry = new Engine.Bus.RetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) };
        SetBus(new EventBusOptions { OnHandlerError = Errors.Add, Retry = retry });
        Bus.Start();
        int calls = 0;
        using VersionedBus versioned = new EventVersionsBuilder()
            .AddUpcaster(
                (in CustomerNamedV2 e) =>
                    Interlocked.Increment(ref calls) == 1 ? throw new FormatException("once") : CustomerNamed.Upcast(e))
            .Build().Attach(Bus);
        SubscribeNewest();
        Exception? refusal = null;
        Bus.Subscribe((in CustomerNamed _, EventContext context) =>
            refusal = Thrown.By<EventLoopException>(() => Bus.Publish(new OrderShipped(1), new EventIds { Id = context.CausationId })));
        Bus.Subscribe(static (in OrderShipped _, EventContext _) => { });
        Guid cause = default;
        Bus.Subscribe((in OrderCreated _, EventContext context) =>
        {
            cause = context.Id;
            Bus.Publish(new CustomerNamedV2("Alan", "Turing"));
        });
        Bus.Publish(new OrderCreated(1));
        Eventually.Result(Bus.StopAsync(Eventually.HangGuard));
        Assert.That((Seen.Single().Ids.CausationId, Seen.Single().Depth, calls), Is.EqualTo((cause, 1, 2)));
        Assert.That(refusal, Is.Not.Null);
    }

    [Test]
    public void Nothing_is_upcast_that_nobody_wants()
    {
        int upcasts = 0;
        using VersionedBus versioned = new EventVersionsBuilder()
            .AddUpcaster((in CustomerNamedV1 e) =>
            {
                upcasts++;
                return CustomerNamedV2.Upcast(e);
            })
            .AddUpcaster<CustomerNamedV2, CustomerNamed>(CustomerNamed.Upcast)
            .Build().Attach(Bus);
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        Assert.That(upcasts, Is.Zero);
        SubscribeNewest();
        Bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        Assert.That(upcasts, Is.EqualTo(1));
    }

    [Test]
    public void Disposing_ends_the_upcasting()
    {
        AttachAndSubscribe().Dispose();
        Assert.That(Bus.Publish(new CustomerNamedV1("Ada Lovelace")), Is.EqualTo(PublishOutcome.NotSubscribed));
        Assert.That(Bus.GetStatistics().Subscriptions, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_upcast_does_not_allocate_beside_the_event_it_makes()
    {
        using VersionedBus versioned = new EventVersionsBuilder()
            .AddUpcaster(static (in OldTick tick) => new Tick(tick.Value + 1)).Build().Attach(Bus);
        long sum = 0;
        long published = 0;
        Bus.Subscribe((in Tick tick, EventContext _) => sum += tick.Value);
        long allocated = Allocations.Of(() =>
        {
            published++;
            Bus.Publish(new OldTick(1));
        });
        Assert.That((allocated, sum), Is.EqualTo((0L, 2 * published)));
    }

    private readonly record struct OldTick(long Value) : IVersionedEvent<OldTick>
    {
        public static EventDescriptor Descriptor { get; } = new("test.tick.v1");

        public static string EventName => "test.tick";

        public static int Version => 1;
    }

    private readonly record struct Tick(long Value) : IVersionedEvent<Tick>
    {
        public static EventDescriptor Descriptor { get; } = new("test.tick");

        public static string EventName => "test.tick";

        public static int Version => 2;
    }
}
