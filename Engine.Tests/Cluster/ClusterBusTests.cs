using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Cluster.Events;
using Engine.Events;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;
using Engine.Subscriptions.Filters;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>Domain events from the broker on a bus: upcasters, filters and handlers get them as those of the process.</summary>
[TestFixture]
internal sealed partial class ClusterBusTests
{
    private static readonly EventVersions s_versions = new EventVersionsBuilder()
        .Add(OrderJson.Default.OrderV1)
        .Add(OrderJson.Default.Order)
        .AddUpcaster<OrderV1, Order>(static (in OrderV1 old) => new Order(old.Number, old.Euros * 100))
        .Build();

    [Test]
    public async Task Older_events_go_through_upcasters_and_filters_to_the_handlers_that_there_are()
    {
        await using var bus = new EventBus();
        bus.Start();
        using VersionedBus versioned = s_versions.Attach(bus);
        var newest = new ConcurrentQueue<Order>();
        var older = new ConcurrentQueue<OrderV1>();
        var any = new ConcurrentQueue<(Guid, string?, string)>();
        bus.Subscribe<Order>(
            (in Order order, EventContext _) => newest.Enqueue(order),
            new BusSubscriptionOptions<Order> { Filter = EventFilter.Where<Order>(static order => order.Cents > 100) });
        bus.Subscribe<OrderV1>((in OrderV1 order, EventContext _) => older.Enqueue(order));
        bus.Subscribe<Order>((in Order _, EventContext context) => any.Enqueue((context.Id, context.Key, context.Source)));
        var transport = new FakeTransport();
        await using var consumer = new ClusterEventConsumer(
            transport, new ClusterEventConsumerOptions { Group = "shop", Shards = 1, Topics = ["order.*"] }, versioned);
        StoredEvent[] events = [Old(1, 5), New(2, 700), Old(3, 1), New(4, 50), Old(5, 9) with { EventType = "parcel.sent" }];
        await PublishAsync(transport, consumer, events);
        Eventually.IsTrue(() => consumer.HandledCount == 4 && consumer.SkippedCount == 1);
        Assert.That(newest, Is.EqualTo(new[] { new Order(1, 500), new Order(2, 700) }));
        Assert.That(older, Is.EqualTo(new[] { new OrderV1(1, 5), new OrderV1(3, 1) }));
        Assert.That(any, Is.EqualTo(events[..4].Select(static item => (item.Id, item.Key, item.Source))));
    }

    [Test]
    public async Task A_message_subscription_settles_and_what_nothing_reads_is_a_dead_letter_at_once()
    {
        using var folder = new TemporaryFolder();
        await using StorageDatabase database = StorageDatabase.Sqlite(folder.PathOf("letters.db"));
        var letters = new SqlDeadLetters(database);
        await using var bus = new EventBus();
        bus.Start();
        using VersionedBus versioned = s_versions.Attach(bus);
        await using MessageSubscription<Order> orders = bus.SubscribeMessages<Order>(new MessageSubscriptionOptions<Order>
        {
            Name = "orders",
            Filter = EventFilter.Where<Order>(static order => order.Number != 4),
            Retry = new RetryOptions { MaxAttempts = 5, BaseDelay = TimeSpan.FromMilliseconds(1) },
        });
        var seen = new ConcurrentQueue<(int Number, int Attempt)>();
        using var stop = new CancellationTokenSource();
        Task consuming = orders.RunAsync(
            (message, _) =>
            {
                seen.Enqueue((message.Payload.Number, message.Attempt));
                return message is { Payload.Number: 2, Attempt: 1 }
                    ? throw new InvalidOperationException("again") : ValueTask.CompletedTask;
            },
            cancellationToken: stop.Token);
        var transport = new FakeTransport();
        await using var consumer = new ClusterEventConsumer(
            transport,
            new ClusterEventConsumerOptions { Group = "shop", Shards = 1, DeadLetters = letters }, versioned, orders);
        StoredEvent[] events =
        [
            Old(1, 5), New(2, 700), New(3, 1) with { Version = 9 }, New(4, 1), New(5, 1) with { Data = "{"u8.ToArray() }, Old(6, 1),
        ];
        await PublishAsync(transport, consumer, events);
        Eventually.IsTrue(() => consumer.HandledCount == 4 && consumer.FailedCount == 2);
        Assert.That(seen, Is.EqualTo(new[] { (1, 1), (2, 1), (2, 2), (6, 1) }));
        IReadOnlyList<DeadLetter> given = await letters.ListAsync(new DeadLetterFilter());
        Assert.That(given.Select(static letter => letter.Event.Id), Is.EquivalentTo(new[] { events[2].Id, events[4].Id }));
        Assert.That(given.Select(static letter => letter.Failures), Is.All.EqualTo(1));
        await stop.CancelAsync();
        await consuming;
    }

    [Test]
    public async Task A_bus_that_takes_nothing_any_more_is_a_failure_and_the_event_comes_again()
    {
        await using var bus = new EventBus();
        bus.Start();
        using VersionedBus versioned = s_versions.Attach(bus);
        await bus.StopAsync();
        var transport = new FakeTransport();
        await using var consumer = new ClusterEventConsumer(
            transport, new ClusterEventConsumerOptions { Group = "shop", Shards = 1, BaseDelay = TimeSpan.FromMilliseconds(1) }, versioned);
        await PublishAsync(transport, consumer, [New(1, 1)]);
        Eventually.IsTrue(() => consumer.FailedCount >= 2);
        Assert.That(consumer.HandledCount, Is.Zero);
    }

    [Test]
    public void A_topic_that_is_no_pattern_is_refused() => Assert.That(
        () => new ClusterEventConsumer(
            new FakeTransport(), new ClusterEventConsumerOptions { Group = "shop", Topics = ["a b"] },
            static (_, _) => ValueTask.CompletedTask),
        Throws.InstanceOf<FormatException>());

    private static async Task PublishAsync(FakeTransport transport, ClusterEventConsumer consumer, StoredEvent[] events)
    {
        var publisher = new ClusterEventPublisher(transport, 1);
        await publisher.EnsureStreamsAsync(CancellationToken.None);
        consumer.Start();
        foreach (StoredEvent item in events)
            await publisher.PublishAsync(item, CancellationToken.None);
    }

    private static StoredEvent Old(int number, int euros) => Stored(
        1, JsonSerializer.SerializeToUtf8Bytes(new OrderV1(number, euros), OrderJson.Default.OrderV1));

    private static StoredEvent New(int number, int cents) => Stored(
        2, JsonSerializer.SerializeToUtf8Bytes(new Order(number, cents), OrderJson.Default.Order));

    private static StoredEvent Stored(int version, byte[] data) => new()
    {
        Id = Guid.CreateVersion7(),
        EventType = "order.placed",
        Version = version,
        Data = data,
        Timestamp = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Source = "shop",
        Key = "customer 1",
    };

    internal sealed record OrderV1(int Number, int Euros) : IVersionedEvent<OrderV1>
    {
        public static EventDescriptor Descriptor { get; } = new("order.placed.v1");

        public static string EventName => "order.placed";

        public static int Version => 1;
    }

    internal sealed record Order(int Number, int Cents) : IVersionedEvent<Order>
    {
        public static EventDescriptor Descriptor { get; } = new("order.placed");

        public static string EventName => "order.placed";

        public static int Version => 2;
    }

    [JsonSerializable(typeof(OrderV1))]
    [JsonSerializable(typeof(Order))]
    private sealed partial class OrderJson : JsonSerializerContext;
}
