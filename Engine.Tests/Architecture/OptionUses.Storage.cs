using Engine.Bus.Idempotency;
using Engine.Cluster.Contracts;
using Engine.Cluster.Events;
using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Facade;
using Engine.Storage.Idempotency;
using Engine.Storage.Journals;
using Engine.Storage.Logs;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Architecture;

internal static partial class OptionUses
{
    private static Dictionary<Type, Func<object, Task>> Storage => new()
    {
        // A delay of each commit is real time: the longest one is not waited for.
        [typeof(DatabaseOptions)] = static options => ((DatabaseOptions)options).GroupCommitDelay == TimeSpan.Zero
            ? AppendAsync(new EventStoreOptions(), (DatabaseOptions)options)
            : WithStoreAsync(static store => Task.CompletedTask, null, (DatabaseOptions)options),
        [typeof(EventStoreOptions)] = static options => AppendAsync((EventStoreOptions)options),
        [typeof(EventLimits)] = static options => AppendAsync(new EventStoreOptions { Limits = (EventLimits)options }, data: "1"),
        [typeof(EventRetention)] = static options => TrimAsync((EventRetention)options),
        [typeof(TypeRetention)] = static options => TrimAsync(new EventRetention { ByType = [(TypeRetention)options] }),
        [typeof(ReplayOptions)] = static options => ReplayAsync((ReplayOptions)options),
        [typeof(OutboxOptions)] = static options => DispatchAsync((OutboxOptions)options),
        [typeof(DeadLetterOptions)] = static options => KeepAsync((DeadLetterOptions)options),
        [typeof(SqlIdempotencyOptions)] = static options => ClaimAsync((SqlIdempotencyOptions)options),
        [typeof(DurableSubscriptionOptions)] = static options => CatchUpAsync((DurableSubscriptionOptions)options),
        [typeof(ProjectionOptions)] = static options => ProjectAsync((ProjectionOptions)options),
        [typeof(AggregateRepositoryOptions)] = static options => SaveAsync((AggregateRepositoryOptions)options),
        [typeof(ExecutorPoolOptions)] = static async options =>
        {
            await using var pool = new ExecutorPool("ends", (ExecutorPoolOptions)options);
            await pool.ExecuteAsync(static _ => ValueTask.CompletedTask);
            Assert.That(pool.GetStatistics().Completed, Is.EqualTo(1));
        },
        [typeof(JournalOptions)] = static options => Done(() => Record((JournalOptions)options, new JournalRetention())),
        [typeof(JournalRetention)] = static options => Done(() => Record(new JournalOptions(), (JournalRetention)options)),
        [typeof(JournalEventsOptions)] = static options => Done(() => Read((JournalEventsOptions)options)),
        [typeof(ClusterOptions)] = static async options =>
        {
            await using IClusterTransport transport = ClusterTransports.Create((ClusterOptions)options, "ends");
            Assert.That(transport.IsConnected, Is.False);
        },
        [typeof(ClusterEventConsumerOptions)] = static async options =>
        {
            await using var transport = new FakeTransport();
            await using var consumer = new ClusterEventConsumer(
                transport, (ClusterEventConsumerOptions)options, static (_, _) => ValueTask.CompletedTask);
        },
        [typeof(FleetCommandOptions)] = static options => Done(
            () => new FleetCommands((FleetCommandOptions)options, new Dictionary<string, CommandHandler>()).Dispose()),
        [typeof(FleetMemberOptions)] = static async options =>
        {
            await using var transport = new FakeTransport();
            await using var member = new FleetMember(transport, (FleetMemberOptions)options);
        },
        [typeof(FleetRegistryOptions)] = static async options =>
        {
            await using var transport = new FakeTransport();
            await using var registry = new FleetRegistry(transport, null, (FleetRegistryOptions)options);
        },
        [typeof(HubOptions)] = static async options =>
        {
            using var folder = new TemporaryFolder();
            await using var transport = new FakeTransport();
            await using var hub = new Hub(transport, (HubOptions)options with { Directory = folder.PathOf("hub") });
        },
        [typeof(JournalPublisherOptions)] = static async options =>
        {
            using var folder = new TemporaryFolder();
            Journal.Open(folder.PathOf("journal")).Dispose();
            await using var transport = new FakeTransport();
            await using var publisher = new JournalPublisher(
                transport, (JournalPublisherOptions)options with { Directory = folder.PathOf("journal") });
        },
    };

    private static async Task WithStoreAsync(
        Func<SqlEventStore, Task> use, EventStoreOptions? options = null, DatabaseOptions? databaseOptions = null)
    {
        await using var database = new DatabaseUnderTest(StorageKind.Sqlite);
        await use(new SqlEventStore(database.Open(options: databaseOptions), options));
    }

    private static Task AppendAsync(EventStoreOptions options, DatabaseOptions? databaseOptions = null, string data = "{\"a\":1}") =>
        WithStoreAsync(
            async store =>
            {
                StoredEvent @event = SampleEvents.Event(data: data, at: DateTimeOffset.UnixEpoch);
                await store.AppendAsync(@event);
                Assert.That((await store.GetAsync(@event.Id))!.Sequence, Is.EqualTo(1));
            },
            options, databaseOptions);

    private static Task TrimAsync(EventRetention retention) => WithStoreAsync(async store =>
    {
        await store.AppendAsync(SampleEvents.Event());
        TrimReport report = await store.TrimAsync(retention);
        Assert.That(report.Events, Is.InRange(0, 1));
    });

    private static Task ReplayAsync(ReplayOptions options) => WithStoreAsync(async store =>
    {
        await store.AppendAsync(SampleEvents.Event());
        int handled = 0;
        await store.ReplayAsync(
            new EventFilter(),
            ReplayTarget.To((_, _) =>
            {
                handled++;
                return ValueTask.CompletedTask;
            }), options);
        Assert.That(handled, Is.EqualTo(options is { FromSequence: 1, ToSequence: > 1 } ? 1 : 0));
    });

    private static Task SaveAsync(AggregateRepositoryOptions options) => WithStoreAsync(async store =>
    {
        var repository = new AggregateRepository<int>(
            store, StorageTypes.Events,
            new AggregateTypeBuilder<int>("tally", static () => 0).On<OrderShipped>(static (n, _) => n + 1).Build(),
            options with { Snapshots = new SqlSnapshotStore(store.Database) });
        Aggregate<int> tally = await repository.LoadAsync("t");
        tally.Apply(new OrderShipped(1));
        await repository.SaveAsync(tally);
        Assert.That((await repository.LoadAsync("t")).State, Is.EqualTo(1));
    });

    private static Task DispatchAsync(OutboxOptions options) => WithStoreAsync(async store =>
    {
        var outbox = new SqlOutbox(store.Database, null, options);
        await outbox.InitializeAsync();
        using (System.Data.Common.DbConnection connection = store.Database.OpenConnection())
        {
            using System.Data.Common.DbTransaction transaction = connection.BeginTransaction();
            outbox.Add(transaction, SampleEvents.Event());
            transaction.Commit();
        }

        await using var dispatcher = new OutboxDispatcher(outbox, new Published());
        await dispatcher.DispatchAsync();
        Assert.That(dispatcher.PublishedCount, Is.EqualTo(1));
        await outbox.CleanUpAsync();
        await outbox.GetStatisticsAsync();
    });

    private static Task KeepAsync(DeadLetterOptions options) => WithStoreAsync(async store =>
    {
        var letters = new SqlDeadLetters(store.Database, options);
        await letters.AddAsync(DeadLetter.For(
            SampleEvents.Event() with { Sequence = 1 }, "s", 1, "no", null, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow));
        Assert.That((await letters.GetStatisticsAsync()).Count, Is.EqualTo(1));
        await letters.TrimAsync();
    });

    private static Task ClaimAsync(SqlIdempotencyOptions options) => WithStoreAsync(async store =>
    {
        var handled = new SqlIdempotencyStore(store.Database, options);
        var key = new IdempotencyKey("s", Guid.NewGuid());
        IdempotencyClaim claim = await handled.TryClaimAsync(key, TimeSpan.FromMinutes(1));
        Assert.That(await handled.CompleteAsync(key, claim.Token), Is.True);
        Assert.That((await handled.TryClaimAsync(key, TimeSpan.FromMinutes(1))).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
        await handled.TrimAsync();
    });

    private static Task CatchUpAsync(DurableSubscriptionOptions options) => WithStoreAsync(async store =>
    {
        await store.AppendAsync(SampleEvents.Many(3));
        var subscription = new DurableSubscription(store, "ends", ["**"], options with { Start = StartPoint.Beginning });
        using var stop = new CancellationTokenSource();
        int handled = 0;
        await subscription.RunAsync(
            (EventDelivery _, CancellationToken _) =>
            {
                if (++handled == 3)
                    stop.Cancel();
                return ValueTask.CompletedTask;
            },
            cancellationToken: stop.Token);
        Assert.That(handled, Is.EqualTo(3));
    });

    private static Task ProjectAsync(ProjectionOptions options) => WithStoreAsync(async store =>
    {
        await store.AppendAsync(SampleEvents.Many(3));
        var projection = new Projection(store, "ends", ["**"], static (_, _, _) => ValueTask.CompletedTask, options);
        Assert.That(await projection.CatchUpAsync(), Is.EqualTo(3));
    });

    private static void Record(JournalOptions options, JournalRetention retention)
    {
        using var folder = new TemporaryFolder();
        using Journal journal = Journal.Open(folder.PathOf("journal"), options);
        PublishOne(journal);
        Assert.That(journal.Flush(JournalOptions.NoLimit), Is.True);
        Assert.That(journal.GetStatistics().Recorded, Is.EqualTo(1));
        journal.Trim(retention);
    }

    private static void Read(JournalEventsOptions options)
    {
        using var folder = new TemporaryFolder();
        using (Journal journal = Journal.Open(folder.PathOf("journal")))
            PublishOne(journal);
        JournalEventTypes types = new JournalEventTypes().Add<InstructionRetired>();
        using JournalEvents events = JournalEvents.Open(folder.PathOf("journal"), types, options);
        Assert.That(events.ReadPageAsync(1).AsTask().GetAwaiter().GetResult().Events, Has.Count.EqualTo(1));
    }

    private static void PublishOne(Journal journal)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        journal.Record<InstructionRetired>(engine);
        engine.Start();
        using (EventProducer producer = engine.CreateProducer("vcpu0"))
            producer.GetLane<InstructionRetired>().Publish(new InstructionRetired(4, 0x13, 0));
        engine.StopDrained();
    }

    private sealed class Published : IOutboxPublisher
    {
        public ValueTask PublishAsync(StoredEvent @event, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
