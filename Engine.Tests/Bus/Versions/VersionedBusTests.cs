using System.Text;
using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Publish;
using Engine.Tests.Bus.Codecs;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Versions;

public class VersionedBusTests
{
    private readonly List<BusHandlerError> _errors = [];
    private readonly List<(CustomerNamed Event, EventIds Ids, int Depth)> _seen = [];
    private EventBus _bus = null!;

    [SetUp]
    public void MakeBus()
    {
        _errors.Clear();
        _seen.Clear();
        _bus = new EventBus("bus", new EventBusOptions { OnHandlerError = _errors.Add });
    }

    [TearDown]
    public async Task StopBus() => await _bus.DisposeAsync();

    [Test]
    public void A_handler_of_the_newest_version_gets_older_ones()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        Assert.That(_bus.Publish(new CustomerNamedV1("Ada Lovelace")), Is.EqualTo(PublishOutcome.Published));
        _bus.Publish(new CustomerNamedV2("Alan", "Turing"));
        _bus.Publish(new CustomerNamed("Konrad", "Zuse", "de"));
        Assert.That(_seen.Select(static seen => seen.Event), Is.EqualTo(new CustomerNamed[]
        {
            new("Ada", "Lovelace", "en"), new("Alan", "Turing", "en"), new("Konrad", "Zuse", "de"),
        }));
    }

    [Test]
    public void A_handler_of_an_older_version_still_gets_it_as_it_was()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        var old = new List<CustomerNamedV1>();
        _bus.Subscribe((in CustomerNamedV1 e, EventContext _) => old.Add(e));
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        Assert.That((old.Count, _seen.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Ids_correlation_causation_and_depth_are_those_of_the_older_event()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"), ids);
        Assert.That(_seen.Single().Ids, Is.EqualTo(ids));
        Assert.That(_seen.Single().Depth, Is.Zero);
    }

    [Test]
    public void Ids_that_the_bus_makes_are_the_same_for_both_versions()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        EventIds old = default;
        _bus.Subscribe(
            (in CustomerNamedV2 _, EventContext context) => old = IdsOf(context),
            new BusSubscriptionOptions<CustomerNamedV2> { Priority = -1 });
        _bus.Publish(new CustomerNamedV2("Alan", "Turing"));
        Assert.That(_seen.Single().Ids, Is.EqualTo(old));
    }

    [Test]
    public void An_older_event_that_a_handler_publishes_is_caused_by_the_handlers_event()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        Guid cause = default;
        _bus.Subscribe((in OrderCreated _, EventContext context) =>
        {
            cause = context.Id;
            _bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        });
        _bus.Publish(new OrderCreated(1));
        Assert.That(
            (_seen.Single().Ids.CausationId, _seen.Single().Ids.CorrelationId, _seen.Single().Depth), Is.EqualTo((cause, cause, 1)));
    }

    [Test]
    public void What_a_handler_of_the_newest_version_publishes_is_caused_by_the_older_event()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        _bus.Subscribe((in CustomerNamed _, EventContext _) => _bus.Publish(new OrderCreated(1)));
        (Guid Cause, int Depth) seen = default;
        _bus.Subscribe((in OrderCreated _, EventContext context) => seen = (context.CausationId, context.Depth));
        var ids = new EventIds { Id = Guid.NewGuid() };
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"), ids);
        Assert.That(seen, Is.EqualTo((ids.Id, 1)));
    }

    [Test]
    public void A_loop_by_way_of_an_upcast_is_still_stopped()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        int calls = 0;
        _bus.Subscribe((in CustomerNamed e, EventContext context) =>
        {
            calls++;
            _bus.Publish(new CustomerNamedV1("Ada Lovelace"), IdsOf(context));
        });
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"), new EventIds { Id = Guid.NewGuid() });
        Assert.That((calls, _errors.Single().Exception is EventLoopException), Is.EqualTo((1, true)));
    }

    [Test]
    public void An_upcaster_that_throws_is_an_error_of_the_upcast_and_stops_nobody()
    {
        using VersionedBus versioned = AttachAndSubscribe();
        int old = 0;
        _bus.Subscribe((in CustomerNamedV1 _, EventContext _) => old++);
        _bus.Publish(new CustomerNamedV1("Plato"));
        Assert.That((old, _seen.Count), Is.EqualTo((1, 0)));
        Assert.That(
            (_errors.Single().SubscriptionName, _errors[0].Exception.GetType()),
            Is.EqualTo(("upcast customer.named v1 to v3", typeof(FormatException))));
    }

    [Test]
    public void A_queued_handler_of_the_newest_version_gets_older_ones_with_their_ids()
    {
        SetBus(new EventBusOptions { DefaultMode = ProcessingMode.Async });
        _bus.Start();
        using VersionedBus versioned = AttachAndSubscribe();
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"), ids);
        Eventually.Result(_bus.StopAsync(Eventually.HangGuard));
        Assert.That(_seen.Single(), Is.EqualTo((new CustomerNamed("Ada", "Lovelace", "en"), ids, 0)));
    }

    [Test]
    public void The_publisher_of_an_older_version_learns_that_a_queue_of_the_newest_is_full()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        _bus.Subscribe(static (in CustomerNamed _, EventContext _) => { }, new BusSubscriptionOptions<CustomerNamed>
        {
            Mode = ProcessingMode.Async,
            QueueCapacity = 1,
            OverflowPolicy = Engine.Primitives.OverflowPolicy.Fail,
        });
        // Not started, so that nothing leaves the queue.
        PublishOutcome[] outcomes = [.. Enumerable.Range(0, 2).Select(_ => _bus.Publish(new CustomerNamedV2("A", "B")))];
        Assert.That(outcomes, Is.EqualTo(new[] { PublishOutcome.Published, PublishOutcome.Rejected }));
    }

    [Test]
    public void An_upcast_that_is_tried_again_on_the_pool_is_as_deep_as_its_event_and_still_no_loop()
    {
        var retry = new Engine.Bus.RetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) };
        SetBus(new EventBusOptions { OnHandlerError = _errors.Add, Retry = retry });
        _bus.Start();
        int calls = 0;
        using VersionedBus versioned = new EventVersionsBuilder()
            .AddUpcaster(
                (in CustomerNamedV2 e) =>
                    Interlocked.Increment(ref calls) == 1 ? throw new FormatException("once") : CustomerNamed.Upcast(e))
            .Build().Attach(_bus);
        SubscribeNewest();
        Exception? refusal = null;
        _bus.Subscribe((in CustomerNamed _, EventContext context) =>
            refusal = Thrown.By<EventLoopException>(() => _bus.Publish(new OrderShipped(1), new EventIds { Id = context.CausationId })));
        _bus.Subscribe(static (in OrderShipped _, EventContext _) => { });
        Guid cause = default;
        _bus.Subscribe((in OrderCreated _, EventContext context) =>
        {
            cause = context.Id;
            _bus.Publish(new CustomerNamedV2("Alan", "Turing"));
        });
        _bus.Publish(new OrderCreated(1));
        Eventually.Result(_bus.StopAsync(Eventually.HangGuard));
        Assert.That((_seen.Single().Ids.CausationId, _seen.Single().Depth, calls), Is.EqualTo((cause, 1, 2)));
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
            .Build().Attach(_bus);
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        Assert.That(upcasts, Is.Zero);
        SubscribeNewest();
        _bus.Publish(new CustomerNamedV1("Ada Lovelace"));
        Assert.That(upcasts, Is.EqualTo(1));
    }

    [Test]
    public void Disposing_ends_the_upcasting()
    {
        AttachAndSubscribe().Dispose();
        Assert.That(_bus.Publish(new CustomerNamedV1("Ada Lovelace")), Is.EqualTo(PublishOutcome.NotSubscribed));
        Assert.That(_bus.GetStatistics().Subscriptions, Has.Count.EqualTo(1));
    }

    [Test]
    public void An_upcast_does_not_allocate_beside_the_event_it_makes()
    {
        using VersionedBus versioned = new EventVersionsBuilder()
            .AddUpcaster(static (in OldTick tick) => new Tick(tick.Value + 1)).Build().Attach(_bus);
        long sum = 0;
        _bus.Subscribe((in Tick tick, EventContext _) => sum += tick.Value);
        for (int i = 0; i < 100; i++)
            _bus.Publish(new OldTick(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            _bus.Publish(new OldTick(1));
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before, sum), Is.EqualTo((0L, 2200L)));
    }

    [TestCase("customer.named", 3, "Konrad Zuse de", UpcastOutcome.Current)]
    [TestCase("customer.named", 1, "Konrad Zuse", UpcastOutcome.Upcast)]
    [TestCase("customer.named", 4, "?", UpcastOutcome.ParkedUnknownVersion)]
    [TestCase("customer.named", 0, "?", UpcastOutcome.ParkedUnknownVersion)]
    [TestCase("customer.lost", 1, "?", UpcastOutcome.ParkedUnknownEvent)]
    [TestCase("customer.named", 3, "Plato", UpcastOutcome.ParkedUnreadable)]
    [TestCase("customer.named", 2, "no decoder", UpcastOutcome.ParkedUnreadable)]
    [TestCase("customer.named", 1, "Plato", UpcastOutcome.ParkedUpcastFailed)]
    [TestCase(null, 1, "?", UpcastOutcome.ParkedUnknownEvent)]
    public void An_event_from_outside_is_published_or_parked(string? name, int version, string payload, UpcastOutcome expected)
    {
        using VersionedBus versioned = AttachAndSubscribe();
        IncomingEvent incoming = Incoming(name!, version, payload) with { Ids = new EventIds { Id = Guid.NewGuid() } };
        Assert.That(versioned.Receive(incoming), Is.EqualTo(expected));
        bool isPublished = expected is UpcastOutcome.Current or UpcastOutcome.Upcast;
        Assert.That((_seen.Count, versioned.Parked.GetStatistics().Count), Is.EqualTo(isPublished ? (1, 0) : (0, 1)));
        if (isPublished)
        {
            Assert.That(_seen[0].Ids.Id, Is.EqualTo(incoming.Ids.Id));
            return;
        }

        ParkedEvent parked = versioned.Parked.TryTake()!;
        Assert.That((parked.Reason, parked.Event.Version, parked.Event.Ids), Is.EqualTo((expected, incoming.Version, incoming.Ids)));
        Assert.That(parked.Event.Payload.ToArray(), Is.EqualTo(incoming.Payload.ToArray()));
        Assert.That(
            parked.Error is not null, Is.EqualTo(expected is UpcastOutcome.ParkedUnreadable or UpcastOutcome.ParkedUpcastFailed));
        Assert.That(_errors, Is.Empty, "it is the receiver's fault, not the subscription's");
        Assert.That(versioned.Parked.TryTake(), Is.Null);
    }

    [Test]
    public void An_event_whose_upcaster_throws_reaches_nobody_and_can_come_again()
    {
        bool isBroken = true;
        int upcasts = 0;
        using VersionedBus versioned = new EventVersionsBuilder()
            .AddUpcaster((in CustomerNamedV1 e) =>
            {
                upcasts++;
                return isBroken ? throw new FormatException("not yet") : CustomerNamedV2.Upcast(e);
            })
            .AddUpcaster<CustomerNamedV2, CustomerNamed>(CustomerNamed.Upcast)
            .AddDecoder<CustomerNamedV1>(CustomerNamedV1.Decode)
            .Build().Attach(_bus);
        int old = 0;
        _bus.Subscribe((in CustomerNamedV1 _, EventContext _) => old++);
        IncomingEvent incoming = Incoming("customer.named", 1, "Ada Lovelace");
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.Upcast), "nobody wants the newest, so nothing is upcast");
        SubscribeNewest();
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.ParkedUpcastFailed));
        Assert.That((old, _seen.Count, upcasts), Is.EqualTo((1, 0, 1)));
        isBroken = false;
        Assert.That(versioned.Receive(versioned.Parked.TryTake()!.Event), Is.EqualTo(UpcastOutcome.Upcast));
        Assert.That((old, _seen.Count, upcasts), Is.EqualTo((2, 1, 2)), "upcast once, for whoever wants it");
    }

    [Test]
    public void An_older_event_that_is_published_while_another_comes_in_is_upcast_itself()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        SubscribeNewest();
        _bus.Subscribe(
            (in CustomerNamedV1 e, EventContext _) =>
            {
                if (e.Name == "Ada Lovelace")
                    _bus.Publish(new CustomerNamedV1("Alan Turing"));
            },
            new BusSubscriptionOptions<CustomerNamedV1> { Priority = 1 });
        versioned.Receive(Incoming("customer.named", 1, "Ada Lovelace"));
        Assert.That(_seen.Select(static seen => seen.Event.First), Is.EqualTo(new[] { "Alan", "Ada" }));
        Assert.That(_seen[1].Ids.CausationId, Is.EqualTo(Guid.Empty));
        Assert.That(_seen[0].Ids.CausationId, Is.EqualTo(_seen[1].Ids.Id));
    }

    [Test]
    public void An_event_without_version_comes_in_by_name_and_bytes()
    {
        using VersionedBus versioned = new EventVersionsBuilder().Add(CodecJsonContext.Default.OrderCreated).Build().Attach(_bus);
        OrderCreated? seen = null;
        _bus.Subscribe((in OrderCreated e, EventContext _) => seen = e);
        IncomingEvent incoming = Incoming("order.created", 1, "{\"number\":7,\"customer\":\"A\"}");
        Assert.That(versioned.Receive(incoming, out PublishOutcome published), Is.EqualTo(UpcastOutcome.Current));
        Assert.That((published, seen), Is.EqualTo((PublishOutcome.Published, new OrderCreated(7, "A"))));
        Assert.That(versioned.Receive(incoming with { ContentType = "application/json" }), Is.EqualTo(UpcastOutcome.Current));
        Assert.That(versioned.Receive(incoming with { ContentType = "application/xml" }), Is.EqualTo(UpcastOutcome.ParkedUnreadable));
        Assert.That(versioned.Parked.TryTake()!.Error!.Message, Does.Contain("application/xml").And.Contain("application/json"));
    }

    [Test]
    public async Task Who_receives_learns_what_became_of_it_on_the_bus()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        IncomingEvent incoming = Incoming("customer.named", 3, "Konrad Zuse de");
        versioned.Receive(incoming, out PublishOutcome nobody);
        _bus.Subscribe(static (in CustomerNamed _, EventContext _) => { }, new BusSubscriptionOptions<CustomerNamed>
        {
            Mode = ProcessingMode.Async,
            QueueCapacity = 1,
            OverflowPolicy = Engine.Primitives.OverflowPolicy.Fail,
        });
        versioned.Receive(incoming, out PublishOutcome first);
        versioned.Receive(Incoming("customer.named", 1, "Ada Lovelace"), out PublishOutcome full);
        await _bus.StopAsync();
        versioned.Receive(incoming, out PublishOutcome stopped);
        Assert.That(
            (nobody, first, full, stopped),
            Is.EqualTo((PublishOutcome.NotSubscribed, PublishOutcome.Published, PublishOutcome.Rejected, PublishOutcome.Stopped)));
    }

    [Test]
    public void An_event_is_delivered_to_one_subscription_in_the_version_that_it_takes()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        SubscribeNewest();
        var log = new List<string>();
        BusSubscription newest = _bus.Subscribe((in CustomerNamed e, EventContext c) => log.Add($"{e.Language}{c.Attempt} {c.Id}"));
        BusSubscription old = _bus.Subscribe((in CustomerNamedV1 e, EventContext c) => log.Add($"{e.Name}{c.Attempt} {c.Id}"));
        BusSubscription any = _bus.Subscribe("customer.**", BusHandler.CreateAny(c => log.Add($"{c.EventType.Name}{c.Attempt} {c.Id}")));
        BusSubscription other = _bus.Subscribe(static (in OrderCreated _, EventContext _) => { });
        var ids = new EventIds { Id = Guid.NewGuid() };
        IncomingEvent incoming = Incoming("customer.named", 1, "Ada Lovelace") with { Ids = ids };
        Assert.That(
            new[] { newest, old, any, other }.Select(subscription =>
                (versioned.Deliver(subscription, incoming, out PublishOutcome delivered, out Exception? error, attempt: 3), delivered, error)),
            Is.EqualTo(new (DecodeOutcome, PublishOutcome, Exception?)[]
            {
                (DecodeOutcome.Upcast, PublishOutcome.Published, null),
                (DecodeOutcome.Current, PublishOutcome.Published, null),
                (DecodeOutcome.Upcast, PublishOutcome.Published, null),
                (DecodeOutcome.Current, PublishOutcome.NotSubscribed, null),
            }));
        Assert.That(log, Is.EqualTo(new[] { $"en3 {ids.Id}", $"Ada Lovelace3 {ids.Id}", $"customer.named3 {ids.Id}" }));
        Assert.That(_seen, Is.Empty);
    }

    [TestCase("customer.named", 1, "Plato", DecodeOutcome.UpcastFailed)]
    [TestCase("customer.named", 3, "Plato", DecodeOutcome.Unreadable)]
    [TestCase("customer.named", 4, "?", DecodeOutcome.UnknownVersion)]
    [TestCase("customer.lost", 1, "?", DecodeOutcome.UnknownEvent)]
    public void What_cannot_be_delivered_stays_the_callers(string name, int version, string payload, DecodeOutcome expected)
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        BusSubscription newest = _bus.Subscribe((in CustomerNamed e, EventContext c) => _seen.Add((e, IdsOf(c), c.Depth)));
        Assert.That(
            (versioned.Deliver(newest, Incoming(name, version, payload), out PublishOutcome delivered, out Exception? error), delivered),
            Is.EqualTo((expected, PublishOutcome.NotSubscribed)));
        Assert.That(error is not null, Is.EqualTo(expected is DecodeOutcome.UpcastFailed or DecodeOutcome.Unreadable));
        Assert.That((_seen.Count, versioned.Parked.GetStatistics().Count, _errors.Count), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public void A_subscription_of_another_bus_is_refused()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus);
        BusSubscription foreign = new EventBus("other").Subscribe(static (in CustomerNamed _, EventContext _) => { });
        IncomingEvent incoming = Incoming("customer.named", 3, "Konrad Zuse de");
        Assert.That(
            Thrown.By<ArgumentException>(() => versioned.Deliver(foreign, incoming, out _, out _)).Message,
            Does.Contain("bus \"other\"").And.Contain("not of \"bus\""));
        BusSubscription own = _bus.Subscribe(static (in CustomerNamed _, EventContext _) => { });
        Assert.Throws<ArgumentOutOfRangeException>(() => versioned.Deliver(own, incoming, out _, out _, attempt: 0));
    }

    [Test]
    public void A_clock_that_throws_does_not_lose_room_in_the_parking_place()
    {
        var time = new BrokenTime { IsBroken = true };
        var parking = new ParkedEvents(capacity: 1, maxBytes: 4, time);
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus, parking);
        Assert.Throws<NotSupportedException>(() => versioned.Receive(Incoming("customer.lost", 1, "1234")));
        time.IsBroken = false;
        Assert.That(versioned.Receive(Incoming("customer.lost", 1, "1234")), Is.EqualTo(UpcastOutcome.ParkedUnknownEvent));
        Assert.That(parking.ToString(), Is.EqualTo("1 of 1 events parked, 4 of 4 bytes, 0 refused"));
        Assert.That(parking.GetStatistics().ToString(), Does.StartWith("1 events parked, 4 bytes, 0 refused").And.Contain("customer.lost v1: 1 events"));
    }

    [Test]
    public void Parking_is_bounded_and_says_what_it_holds()
    {
        var time = new ManualTime();
        DateTimeOffset start = time.GetUtcNow();
        using VersionedBus versioned = CustomerNamed.Versions().Attach(_bus, new ParkedEvents(capacity: 3, maxBytes: 10, time));
        byte[] payload = [1, 2, 3, 4];
        var incoming = new IncomingEvent(new EventVersion("customer.named", 9), payload);
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.ParkedUnknownVersion));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(
            versioned.Receive(incoming with { Version = new EventVersion("customer.lost", 1) }),
            Is.EqualTo(UpcastOutcome.ParkedUnknownEvent));
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.RefusedParkingFull), "12 bytes");
        Assert.That(versioned.Receive(incoming with { Payload = default }), Is.EqualTo(UpcastOutcome.ParkedUnknownVersion));
        Assert.That(versioned.Receive(incoming with { Payload = default }), Is.EqualTo(UpcastOutcome.RefusedParkingFull), "4 events");
        ParkingStatistics statistics = versioned.Parked.GetStatistics();
        Assert.That((statistics.Count, statistics.Bytes, statistics.Refused), Is.EqualTo((3, 8L, 2L)));
        Assert.That(statistics.Versions, Is.EqualTo(new ParkedVersion[]
        {
            new(new EventVersion("customer.lost", 1), 1, 4, start.AddSeconds(1)),
            new(new EventVersion("customer.named", 9), 2, 4, start),
        }));

        payload[0] = 99;
        Assert.That(versioned.Parked.TryTake()!.Event.Payload.Span[0], Is.EqualTo(1), "a copy");
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.ParkedUnknownVersion), "there is room again");
    }

    [Test]
    public void Parking_places_have_room_for_something()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ParkedEvents(capacity: 0));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ParkedEvents(maxBytes: 0));
    }

    private static IncomingEvent Incoming(string name, int version, string payload) =>
        new(new EventVersion(name, version), Encoding.UTF8.GetBytes(payload));

    private static EventIds IdsOf(EventContext context) =>
        new() { Id = context.Id, CorrelationId = context.CorrelationId, CausationId = context.CausationId };

    private void SetBus(EventBusOptions options) => _bus = new EventBus("bus", options);

    private VersionedBus AttachAndSubscribe()
    {
        SubscribeNewest();
        return CustomerNamed.Versions().Attach(_bus);
    }

    private void SubscribeNewest() => _bus.Subscribe(
        (in CustomerNamed e, EventContext context) => _seen.Add((e, IdsOf(context), context.Depth)));

    private sealed class BrokenTime : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new NotSupportedException("no time") : base.GetUtcNow();
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
