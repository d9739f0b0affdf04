using System.Buffers;
using Engine.Bus;
using Engine.Bus.Codecs;
using Engine.Bus.Messages;
using Engine.Bus.Routing;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>
/// Each place where user code is asked about an event, or makes one of another or of bytes, throws once. Of three events the second
/// meets it: what became of it is told as it is, it is counted where it belongs, and the first and the third are handled.
/// </summary>
public class ForeignCodeTests
{
    private static readonly Place[] Places =
    [
        new("filter", nameof(PublishOutcome.Published), 1, static p => p.Bus.Subscribe<OrderCreated>(
            p.Count, new() { Filter = EventFilter.Where((in OrderCreated _) => p.Pass()) })),
        new("filter of any type", nameof(PublishOutcome.Published), 1, static p => p.Bus.Subscribe(
            "order.*", new Counter(p), new() { AnyFilter = new TrapFilter(p) })),
        new("key of a queue", nameof(PublishOutcome.Rejected), 1, static p => p.Bus.Subscribe<OrderCreated>(
            p.Count, new() { Mode = ProcessingMode.Async, MaxConcurrency = 2, OrderingKey = (in OrderCreated _) => p.Pass() ? 1 : 0 })),
        new("key of messages", nameof(PublishOutcome.Rejected), 1, static p => p.Run(p.Bus.SubscribeMessages<OrderCreated>(
            new() { OrderingKey = (in OrderCreated _) => p.Pass() ? 1 : 0 }))),
        new("predicate of a route", nameof(PublishOutcome.Published), 1, static p => p.Bus.Subscribe(
            "order.*", new EventRouterBuilder().Route<OrderCreated>("route", p.Count, (in OrderCreated _) => p.Pass()).Build())),
        new("transformation of a route", nameof(PublishOutcome.Published), 1, static p => p.Bus.Subscribe(
            "order.*",
            new EventRouterBuilder().Route(
                "route",
                (in OrderCreated e) => p.Pass() ? new OrderShipped(e.Number) : null!,
                Engine.Bus.Handlers.BusHandler.Create((in OrderShipped e, EventContext _) => p.Note(e.Number))).Build())),
        new("decoder", nameof(UpcastOutcome.ParkedUnreadable), 0, static p => p.Receive(
            new EventVersionsBuilder().AddDecoder<OrderCreated>(b => new OrderCreated(p.Pass() ? b[0] : 0)))),
        new("codec that reads", nameof(UpcastOutcome.ParkedUnreadable), 0, static p => p.Receive(
            new EventVersionsBuilder().Add(new TrapCodec(p)))),
        new("upcaster", nameof(UpcastOutcome.ParkedUpcastFailed), 0, static p => p.ReceiveOld()),
    ];

    [TestCaseSource(nameof(Places))]
    public void The_event_that_meets_it_is_accounted_for_and_the_next_one_goes_through(Place place)
    {
        using var plan = new Plan();
        place.Arrange(plan);
        Assert.That(plan.Send(1), Is.Not.EqualTo("Rejected"));
        plan.Arm();
        Assert.That(plan.Send(2), Is.EqualTo(place.Outcome));
        plan.Send(3);
        plan.Bus.StopDrained();
        Assert.That(plan.Handled, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(plan.Errors, Has.Count.EqualTo(place.Errors));
        Assert.That(plan.ParkedCount, Is.EqualTo(place.Errors == 0 ? 1 : 0), "parked where it came from outside");
        EventBusStatistics statistics = plan.Bus.GetStatistics();
        Assert.That(statistics.Messages, Has.All.Property("IsBalanced").True);
        long refused = statistics.Messages.Sum(static m => m.Rejected) + statistics.Subscriptions.Sum(static s => s.Queue?.Rejected ?? 0);
        Assert.That(refused, Is.EqualTo(place.Outcome == nameof(PublishOutcome.Rejected) ? 1 : 0));
    }

    [Test]
    public void An_encoder_that_throws_leaves_nothing_and_the_next_event_is_written()
    {
        using var plan = new Plan();
        EventVersions versions = new EventVersionsBuilder().Add(new TrapCodec(plan)).Build();
        var output = new ArrayBufferWriter<byte>();
        Assert.That(versions.Encode(new OrderCreated(1), output).Outcome, Is.EqualTo(EncodeOutcome.Encoded));
        plan.Arm();
        Assert.That(versions.Encode(new OrderCreated(2), output).Outcome, Is.EqualTo(EncodeOutcome.Failed));
        Assert.That(versions.Encode(new OrderCreated(3), output).Outcome, Is.EqualTo(EncodeOutcome.Encoded));
        Assert.That(output.WrittenSpan.ToArray(), Is.EqualTo(new byte[] { 1, 3 }));
        Assert.That(versions.GetStatistics().Single().EncodeErrors, Is.EqualTo(1));
    }

    [Test]
    public void A_filter_factory_that_throws_makes_no_event_type_unusable([Values] bool typeIsKnown, [Values(1, 3)] int times)
    {
        using var plan = new Plan();
        var filter = new FactoryTrap(times);
        if (typeIsKnown)
            plan.Bus.Subscribe<OrderCreated>(plan.Count).Dispose();
        plan.Bus.Subscribe("order.*", new Counter(plan), new() { AnyFilter = filter });
        var others = new List<int>();
        plan.Bus.Subscribe("**", new Counter(others.Add));
        for (int i = 1; i <= 4; i++)
            Assert.That(plan.Bus.Publish(new OrderCreated(i)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(others, Is.EqualTo(new[] { 1, 2, 3, 4 }), "those of others");
        // The first attempt was made when the type and the subscription met.
        Assert.That(plan.Handled, Is.EqualTo(Enumerable.Range(times, 5 - times)));
        Assert.That(plan.Errors, Has.Count.EqualTo(times - 1));
    }

    [Test]
    public void A_filter_factory_that_throws_at_the_subscriber_has_subscribed_nothing()
    {
        using var plan = new Plan();
        Assert.That(
            () => plan.Bus.Subscribe<OrderCreated>(plan.Count, new() { AnyFilter = new FactoryTrap(1) }), Throws.InvalidOperationException);
        Assert.That(plan.Bus.GetStatistics().Subscriptions, Is.Empty);
        Assert.That(plan.Bus.Publish(new OrderCreated(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
    }

    [Test]
    public void A_descriptor_that_throws_once_makes_its_event_type_not_unusable()
    {
        using var plan = new Plan();
        var seen = new List<string>();
        plan.Bus.Subscribe("**", Engine.Bus.Handlers.BusHandler.CreateAny(context => seen.Add(context.EventType.Name)));
        Assert.That(() => plan.Bus.Publish(default(Unlucky)), Throws.InvalidOperationException);
        Assert.That(plan.Bus.Publish(default(Unlucky)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(seen, Is.EqualTo(new[] { "test.unlucky" }));
    }

    [Test]
    public async Task What_a_failed_handler_threw_may_throw_itself_and_so_may_the_source_of_random_numbers()
    {
        using var plan = new Plan();
        MessageSubscription<OrderCreated> orders = plan.Bus.SubscribeMessages<OrderCreated>(new()
        {
            Retry = new()
            {
                MaxAttempts = 2,
                BaseDelay = TimeSpan.FromMilliseconds(1),
                Jitter = RetryJitter.Additive,
                Random = new UnluckyRandom(),
            },
        });
        Task run = orders.RunAsync(message =>
        {
            if (message.Payload.Number == 2)
                throw new UnluckyException();
        });
        for (int i = 1; i <= 3; i++)
            plan.Bus.Publish(new OrderCreated(i));
        plan.Bus.StopDrained();
        await run.WaitAsync(Eventually.HangGuard);
        Assert.That(orders.GetStatistics(), Has.Property("Acked").EqualTo(2).And.Property("Nacked").EqualTo(2));
        Assert.That(orders.GetParked().Single().Failure.Reason, Is.EqualTo(nameof(UnluckyException)));
    }

    /// <param name="Name">Which one.</param>
    /// <param name="Outcome">What the publisher is told.</param>
    /// <param name="Errors">Errors of handlers that are reported.</param>
    /// <param name="Arrange">Subscribes.</param>
    public sealed record Place(string Name, string Outcome, int Errors, Action<Plan> Arrange)
    {
        public override string ToString() => Name;
    }

    /// <summary>A bus, and a trap that throws once when it has been set.</summary>
    public sealed class Plan : IDisposable
    {
        private readonly List<int> _handled = [];
        private Func<int, string> _send;
        private VersionedBus? _versions;
        private bool _isArmed;

        internal Plan()
        {
            Bus = Buses.Started(new EventBusOptions { OnHandlerError = Errors.Add });
            _send = number => Bus.Publish(new OrderCreated(number)).ToString();
        }

        internal EventBus Bus { get; }

        internal List<BusHandlerError> Errors { get; } = [];

        internal int[] Handled
        {
            get
            {
                lock (_handled)
                    return [.. _handled.Order()];
            }
        }

        internal int ParkedCount => _versions?.Parked.Count ?? 0;

        public void Dispose() => _ = Bus.DisposeAsync().AsTask();

        internal string Send(int number) => _send(number);

        internal void Arm() => _isArmed = true;

        internal bool Pass()
        {
            bool wasArmed = _isArmed;
            _isArmed = false;
            return wasArmed ? throw new InvalidOperationException("the trap") : true;
        }

        internal void Note(int number)
        {
            lock (_handled)
                _handled.Add(number);
        }

        internal void Count(in OrderCreated @event, EventContext context) => Note(@event.Number);

        internal void Run(MessageSubscription<OrderCreated> orders) => _ = orders.RunAsync(message => Note(message.Payload.Number));

        internal void Receive(EventVersionsBuilder builder)
        {
            Bus.Subscribe<OrderCreated>(Count);
            Receive(builder, new EventVersion("order.created", 1));
        }

        internal void ReceiveOld()
        {
            Bus.Subscribe((in Newer e, EventContext _) => Note(e.Number));
            Receive(
                new EventVersionsBuilder().Add<Newer>()
                    .AddDecoder<Older>(static b => new Older(b[0]))
                    .AddUpcaster((in Older e) => new Newer(Pass() ? e.Number : 0)),
                new EventVersion("test.grown", 1));
        }

        private void Receive(EventVersionsBuilder builder, EventVersion version)
        {
            VersionedBus versions = _versions = builder.Build().Attach(Bus);
            _send = number => versions.Receive(new IncomingEvent(version, new[] { (byte)number })).ToString();
        }
    }

    private sealed class Counter(Action<int> note) : IBusAnyHandler
    {
        public Counter(Plan plan)
            : this(plan.Note)
        {
        }

        public void Handle<T>(in T @event, EventContext context)
            where T : IEvent<T> =>
            note(((OrderCreated)(object)@event).Number);
    }

    private sealed class TrapFilter(Plan plan) : AnyEventFilter
    {
        public override bool Matches<T>(in T @event, in Envelope envelope) => plan.Pass();
    }

    private sealed class FactoryTrap(int times) : AnyEventFilter
    {
        private int _left = times;

        public override EventFilter<T> For<T>() =>
            _left-- > 0 ? throw new InvalidOperationException("the factory") : base.For<T>();

        public override bool Matches<T>(in T @event, in Envelope envelope) => true;
    }

    private sealed class TrapCodec(Plan plan) : IEventCodec<OrderCreated>
    {
        public string ContentType => "application/octet-stream";

        public void Encode(in OrderCreated @event, IBufferWriter<byte> output)
        {
            output.GetSpan(1)[0] = (byte)@event.Number;
            output.Advance(1);
            plan.Pass();
        }

        public OrderCreated Decode(in ReadOnlySequence<byte> payload) => new(plan.Pass() ? payload.FirstSpan[0] : 0);
    }

    private sealed class UnluckyException : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");
    }

    private sealed class UnluckyRandom : Random
    {
        public override double NextDouble() => throw new InvalidOperationException("no numbers");
    }

    private readonly record struct Unlucky(int Number) : IEvent<Unlucky>
    {
        private static int s_calls;

        public static EventDescriptor Descriptor { get; } = new("test.unlucky");

        static EventDescriptor IEvent<Unlucky>.Descriptor =>
            s_calls++ == 0 ? throw new InvalidOperationException("no descriptor") : Descriptor;
    }

    private readonly record struct Older(int Number) : IVersionedEvent<Older>
    {
        public static int Version => 1;

        public static string EventName => "test.grown";

        public static EventDescriptor Descriptor { get; } = new(EventVersions.DescriptorName("test.grown", 1));
    }

    private readonly record struct Newer(int Number) : IVersionedEvent<Newer>
    {
        public static int Version => 2;

        public static string EventName => "test.grown";

        public static EventDescriptor Descriptor { get; } = new("test.grown");
    }
}
