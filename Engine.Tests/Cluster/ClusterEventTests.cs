using System.Collections.Concurrent;
using System.Data.Common;
using System.Text;
using Engine.Cluster.Contracts;
using Engine.Cluster.Events;
using Engine.Cluster.Transport;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Idempotency;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>Domain events from an outbox through a real broker to a handler.</summary>
[TestFixture]
internal sealed class ClusterEventTests
{
    private TestBroker _broker = null!;

    [OneTimeSetUp]
    public void Start() => _broker = TestBroker.Start();

    [OneTimeTearDown]
    public void Stop() => _broker?.Dispose();

    [Test]
    public async Task Events_of_an_outbox_are_handled_once_in_the_order_of_their_keys_and_given_up_by_name()
    {
        using var folder = new TemporaryFolder();
        await using StorageDatabase database = StorageDatabase.Sqlite(folder.PathOf("events.db"));
        await using NatsTransport transport = _broker.Connect();
        var letters = new SqlDeadLetters(database);
        var handled = new ConcurrentQueue<StoredEvent>();
        int failures = 0;
        await using var consumer = new ClusterEventConsumer(
            transport,
            new ClusterEventConsumerOptions
            {
                Group = "billing",
                Shards = 2,
                Inbox = new SqlIdempotencyStore(database),
                DeadLetters = letters,
                MaxAttempts = 3,
                BaseDelay = TimeSpan.FromMilliseconds(1),
            },
            (message, _) =>
            {
                int number = NumberOf(message.Event);
                if (number == 13 || (number == 4 && Interlocked.Increment(ref failures) == 1))
                    throw new InvalidOperationException($"no {number}");
                handled.Enqueue(message.Event);
                return ValueTask.CompletedTask;
            });
        var publisher = new ClusterEventPublisher(transport, 2);
        await publisher.EnsureStreamsAsync(CancellationToken.None);
        consumer.Start();
        var outbox = new SqlOutbox(database);
        StoredEvent[] events = [.. Enumerable.Range(1, 20).Select(Event)];
        await AddAsync(database, outbox, events);
        await using (var dispatcher = new OutboxDispatcher(outbox, publisher))
        {
            dispatcher.Start();
            Eventually.IsTrue(() => dispatcher.PublishedCount == events.Length);
        }

        // Another life publishes some of them again.
        foreach (StoredEvent item in events[..5])
            await SendAgainAsync(transport, item);
        Eventually.IsTrue(() => handled.Count == 19 && consumer.DuplicateCount == 5);
        foreach (IGrouping<string?, StoredEvent> key in handled.GroupBy(static item => item.Key))
            Assert.That(key.Select(NumberOf), Is.Ordered);
        Assert.That(
            handled.OrderBy(NumberOf).Select(static item => item.Id),
            Is.EqualTo(events.Where(static item => NumberOf(item) != 13).Select(static item => item.Id)));
        IReadOnlyList<DeadLetter> given = await letters.ListAsync(new DeadLetterFilter());
        Assert.That(
            given.Select(static letter => (NumberOf(letter.Event), letter.Subscription, letter.Failures)),
            Is.EqualTo(new[] { (13, "billing", 3) }));
    }

    [Test]
    public async Task A_handler_may_settle_by_itself()
    {
        await using NatsTransport transport = _broker.Connect();
        using var folder = new TemporaryFolder();
        await using StorageDatabase database = StorageDatabase.Sqlite(folder.PathOf("events.db"));
        var attempts = new ConcurrentQueue<int>();
        await using var consumer = new ClusterEventConsumer(
            transport,
            new ClusterEventConsumerOptions { Group = "own", Shards = 1, Inbox = new SqlIdempotencyStore(database) },
            async (message, token) =>
            {
                attempts.Enqueue(message.Attempt);
                Assert.That(await message.ExtendAsync(token), Is.True);
                if (message.Attempt == 1)
                    Assert.That(await message.NackAsync(TimeSpan.FromMilliseconds(1), token), Is.True);
                else
                    Assert.That(await message.AckAsync(token), Is.True);
                Assert.That(await message.AckAsync(token), Is.False);
            });
        var publisher = new ClusterEventPublisher(transport, 1);
        await publisher.EnsureStreamsAsync(CancellationToken.None);
        consumer.Start();
        await publisher.PublishAsync(Event(1), CancellationToken.None);
        Eventually.IsTrue(() => consumer.HandledCount == 1);
        Assert.That(attempts, Is.EqualTo(new[] { 1, 2 }));
    }

    private static StoredEvent Event(int number) => new()
    {
        Id = Guid.CreateVersion7(),
        EventType = "order.placed",
        Data = Encoding.UTF8.GetBytes($"{number}"),
        Timestamp = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Source = "shop",
        Key = $"customer {number % 3}",
    };

    private static int NumberOf(StoredEvent item) => int.Parse(Encoding.UTF8.GetString(item.Data.Span));

    private static async Task AddAsync(StorageDatabase database, SqlOutbox outbox, StoredEvent[] events)
    {
        await outbox.InitializeAsync();
        await using DbConnection connection = database.OpenConnection();
        await using DbTransaction transaction = await connection.BeginTransactionAsync();
        foreach (StoredEvent item in events)
            outbox.Add(transaction, item);
        await transaction.CommitAsync();
        outbox.Wake();
    }

    // With another id of the message, as the broker knows one only for a time.
    private static async Task SendAgainAsync(NatsTransport transport, StoredEvent item)
    {
        TransportMessage message = CloudEventHeaders.MessageOf(item, ClusterNames.EventSubject(item.Key!, 2, item.EventType));
        await await transport.BeginSendAsync(message with { Id = message.Id + " again" }, CancellationToken.None);
    }
}
