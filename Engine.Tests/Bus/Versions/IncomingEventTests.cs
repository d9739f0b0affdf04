using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Versions;
using Engine.Publish;
using Engine.Tests.Bus.Codecs;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Versions;

/// <summary>Events that come in as bytes: received by everybody, delivered to one, or parked.</summary>
public class IncomingEventTests : VersionedBusFixture
{
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
        Assert.That((Seen.Count, versioned.Parked.Count), Is.EqualTo(isPublished ? (1, 0) : (0, 1)));
        if (isPublished)
        {
            Assert.That(Seen[0].Ids.Id, Is.EqualTo(incoming.Ids.Id));
            return;
        }

        ParkedEvent parked = versioned.Parked.TryTake()!;
        Assert.That((parked.Reason, parked.Event.Version, parked.Event.Ids), Is.EqualTo((expected, incoming.Version, incoming.Ids)));
        Assert.That(parked.Event.Payload.ToArray(), Is.EqualTo(incoming.Payload.ToArray()));
        Assert.That(
            parked.Error is not null, Is.EqualTo(expected is UpcastOutcome.ParkedUnreadable or UpcastOutcome.ParkedUpcastFailed));
        Assert.That(Errors, Is.Empty, "it is the receiver's fault, not the subscription's");
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
            .Build().Attach(Bus);
        int old = 0;
        Bus.Subscribe((in CustomerNamedV1 _, EventContext _) => old++);
        IncomingEvent incoming = Incoming("customer.named", 1, "Ada Lovelace");
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.Upcast), "nobody wants the newest, so nothing is upcast");
        SubscribeNewest();
        Assert.That(versioned.Receive(incoming), Is.EqualTo(UpcastOutcome.ParkedUpcastFailed));
        Assert.That((old, Seen.Count, upcasts), Is.EqualTo((1, 0, 1)));
        isBroken = false;
        Assert.That(versioned.Receive(versioned.Parked.TryTake()!.Event), Is.EqualTo(UpcastOutcome.Upcast));
        Assert.That((old, Seen.Count, upcasts), Is.EqualTo((2, 1, 2)), "upcast once, for whoever wants it");
    }

    [Test]
    public void An_older_event_that_is_published_while_another_comes_in_is_upcast_itself()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        SubscribeNewest();
        Bus.Subscribe(
            (in CustomerNamedV1 e, EventContext _) =>
            {
                if (e.Name == "Ada Lovelace")
                    Bus.Publish(new CustomerNamedV1("Alan Turing"));
            },
            new BusSubscriptionOptions<CustomerNamedV1> { Priority = 1 });
        versioned.Receive(Incoming("customer.named", 1, "Ada Lovelace"));
        Assert.That(Seen.Select(static seen => seen.Event.First), Is.EqualTo(new[] { "Alan", "Ada" }));
        Assert.That(Seen[1].Ids.CausationId, Is.EqualTo(Guid.Empty));
        Assert.That(Seen[0].Ids.CausationId, Is.EqualTo(Seen[1].Ids.Id));
    }

    [Test]
    public void An_event_without_version_comes_in_by_name_and_bytes()
    {
        using VersionedBus versioned = new EventVersionsBuilder().Add(CodecJsonContext.Default.OrderCreated).Build().Attach(Bus);
        OrderCreated? seen = null;
        Bus.Subscribe((in OrderCreated e, EventContext _) => seen = e);
        IncomingEvent incoming = Incoming("order.created", 1, "{\"number\":7,\"customer\":\"A\"}");
        Assert.That(versioned.Receive(incoming, out PublishOutcome published), Is.EqualTo(UpcastOutcome.Current));
        Assert.That((published, seen), Is.EqualTo((PublishOutcome.Published, new OrderCreated(7, "A"))));
        Assert.That(
            versioned.Receive(incoming with { ContentType = "Application/JSON ; charset=utf-8" }), Is.EqualTo(UpcastOutcome.Current));
        Assert.That(versioned.Receive(incoming with { ContentType = "application/xml" }), Is.EqualTo(UpcastOutcome.ParkedUnreadable));
        Assert.That(versioned.Parked.TryTake()!.Error!.Message, Does.Contain("application/xml").And.Contain("application/json"));
    }

    [Test]
    public async Task Who_receives_learns_what_became_of_it_on_the_bus()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        IncomingEvent incoming = Incoming("customer.named", 3, "Konrad Zuse de");
        versioned.Receive(incoming, out PublishOutcome nobody);
        Bus.Subscribe(static (in CustomerNamed _, EventContext _) => { }, new BusSubscriptionOptions<CustomerNamed>
        {
            Mode = ProcessingMode.Async,
            QueueCapacity = 1,
            OverflowPolicy = Engine.Primitives.OverflowPolicy.Fail,
        });
        versioned.Receive(incoming, out PublishOutcome first);
        versioned.Receive(Incoming("customer.named", 1, "Ada Lovelace"), out PublishOutcome full);
        await Bus.StopAsync();
        versioned.Receive(incoming, out PublishOutcome stopped);
        Assert.That(
            (nobody, first, full, stopped),
            Is.EqualTo((PublishOutcome.NotSubscribed, PublishOutcome.Published, PublishOutcome.Rejected, PublishOutcome.Stopped)));
    }

    [Test]
    public void An_event_is_delivered_to_one_subscription_in_the_version_that_it_takes()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        SubscribeNewest();
        var log = new List<string>();
        BusSubscription newest = Bus.Subscribe((in CustomerNamed e, EventContext c) => log.Add($"{e.Language}{c.Attempt} {c.Id}"));
        BusSubscription old = Bus.Subscribe((in CustomerNamedV1 e, EventContext c) => log.Add($"{e.Name}{c.Attempt} {c.Id}"));
        BusSubscription any = Bus.Subscribe("customer.**", BusHandler.CreateAny(c => log.Add($"{c.EventType.Name}{c.Attempt} {c.Id}")));
        BusSubscription other = Bus.Subscribe(static (in OrderCreated _, EventContext _) => { });
        var ids = new EventIds { Id = Guid.NewGuid() };
        IncomingEvent incoming = Incoming("customer.named", 1, "Ada Lovelace") with { Ids = ids };
        Assert.That(
            new[] { newest, old, any, other }.Select(subscription =>
                (versioned.Deliver(subscription, incoming, out PublishOutcome delivered, out Exception? e, attempt: 3), delivered, e)),
            Is.EqualTo(new (DecodeOutcome, PublishOutcome, Exception?)[]
            {
                (DecodeOutcome.Upcast, PublishOutcome.Published, null),
                (DecodeOutcome.Current, PublishOutcome.Published, null),
                (DecodeOutcome.Upcast, PublishOutcome.Published, null),
                (DecodeOutcome.Current, PublishOutcome.NotSubscribed, null),
            }));
        Assert.That(log, Is.EqualTo(new[] { $"en3 {ids.Id}", $"Ada Lovelace3 {ids.Id}", $"customer.named3 {ids.Id}" }));
        Assert.That(Seen, Is.Empty);
    }

    [TestCase("customer.named", 1, "Plato", DecodeOutcome.UpcastFailed)]
    [TestCase("customer.named", 3, "Plato", DecodeOutcome.Unreadable)]
    [TestCase("customer.named", 4, "?", DecodeOutcome.UnknownVersion)]
    [TestCase("customer.lost", 1, "?", DecodeOutcome.UnknownEvent)]
    public void What_cannot_be_delivered_stays_the_callers(string name, int version, string payload, DecodeOutcome expected)
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        BusSubscription newest = Bus.Subscribe((in CustomerNamed e, EventContext c) => Seen.Add((e, IdsOf(c), c.Depth)));
        Assert.That(
            (versioned.Deliver(newest, Incoming(name, version, payload), out PublishOutcome delivered, out Exception? error), delivered),
            Is.EqualTo((expected, PublishOutcome.NotSubscribed)));
        Assert.That(error is not null, Is.EqualTo(expected is DecodeOutcome.UpcastFailed or DecodeOutcome.Unreadable));
        Assert.That((Seen.Count, versioned.Parked.Count, Errors.Count), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public void What_is_known_of_an_event_comes_with_it_and_not_with_the_next()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        var log = new List<string>();
        BusSubscription newest = Bus.Subscribe(
            (in CustomerNamed _, EventContext c) => log.Add($"{c.Source} {c.Key} {c.OccurredAt:yyyy} {c.Metadata.Count} {c.IsReplay}"));
        var details = new EventDetails
        {
            Source = "store",
            Key = "customer-7",
            OccurredAt = new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Metadata = new Dictionary<string, string> { ["tenant"] = "a" },
        };
        IncomingEvent incoming = Incoming("customer.named", 1, "Ada Lovelace") with
        {
            Ids = new EventIds { Id = Guid.NewGuid(), Details = details, IsReplay = true },
        };
        versioned.Receive(incoming);
        versioned.Deliver(newest, incoming, out _, out _);
        Assert.That(log, Is.EqualTo(new[] { "store customer-7 2001 1 True", "store customer-7 2001 1 True" }));
        Bus.Publish(new CustomerNamed("Konrad", "Zuse", "de"), new EventIds { Id = Guid.NewGuid() });
        Assert.That(log[^1], Does.StartWith("bus ").And.EndsWith(" 0 False"));
    }

    [Test]
    public void A_subscription_of_another_bus_is_refused()
    {
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus);
        BusSubscription foreign = new EventBus("other").Subscribe(static (in CustomerNamed _, EventContext _) => { });
        IncomingEvent incoming = Incoming("customer.named", 3, "Konrad Zuse de");
        Assert.That(
            Thrown.By<ArgumentException>(() => versioned.Deliver(foreign, incoming, out _, out _)).Message,
            Does.Contain("bus \"other\"").And.Contain("not of \"bus\""));
        BusSubscription own = Bus.Subscribe(static (in CustomerNamed _, EventContext _) => { });
        Assert.Throws<ArgumentOutOfRangeException>(() => versioned.Deliver(own, incoming, out _, out _, attempt: 0));
    }

    [Test]
    public void A_clock_that_throws_does_not_lose_room_in_the_parking_place()
    {
        var time = new BrokenTime { IsBroken = true };
        var parking = new ParkedEvents(capacity: 1, maxBytes: 4, time);
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus, parking);
        Assert.Throws<NotSupportedException>(() => versioned.Receive(Incoming("customer.lost", 1, "1234")));
        time.IsBroken = false;
        Assert.That(versioned.Receive(Incoming("customer.lost", 1, "1234")), Is.EqualTo(UpcastOutcome.ParkedUnknownEvent));
        Assert.That(parking.ToString(), Is.EqualTo("1 of 1 events parked, 4 of 4 bytes, 0 refused"));
        Assert.That(parking.GetEvents().Single().Event.Version, Is.EqualTo(new EventVersion("customer.lost", 1)));
    }

    [Test]
    public void Parking_is_bounded_and_says_what_it_holds()
    {
        var time = new ManualTime();
        DateTimeOffset start = time.GetUtcNow();
        using VersionedBus versioned = CustomerNamed.Versions().Attach(Bus, new ParkedEvents(capacity: 3, maxBytes: 10, time));
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
        ParkedEvents parked = versioned.Parked;
        Assert.That((parked.Count, parked.Bytes, parked.RefusedCount), Is.EqualTo((3, 8L, 2L)));
        Assert.That(parked.ToString(), Is.EqualTo("3 of 3 events parked, 8 of 10 bytes, 2 refused"));
        Assert.That(
            parked.GetEvents().Select(static one => (one.Event.Version, one.ParkedAt)),
            Is.EqualTo(new[]
            {
                (new EventVersion("customer.named", 9), start),
                (new EventVersion("customer.lost", 1), start.AddSeconds(1)),
                (new EventVersion("customer.named", 9), start.AddSeconds(1)),
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

    private sealed class BrokenTime : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new NotSupportedException("no time") : base.GetUtcNow();
    }
}
