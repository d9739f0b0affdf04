using System.Collections.Concurrent;
using System.Data.Common;
using System.Text;
using Engine.Bus;
using Engine.Storage.DeadLetters;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Outbox;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class OutboxTests(StorageKind kind)
{
    private readonly ConcurrentQueue<StoredEvent> _published = [];
    private DatabaseUnderTest _database = null!;
    private ManualTime _time = null!;
    private SqlOutbox _outbox = null!;

    [SetUp]
    public async Task Open()
    {
        _published.Clear();
        _database = new DatabaseUnderTest(kind);
        _time = new ManualTime();
        _outbox = NewOutbox();
        await _outbox.InitializeAsync();
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task A_row_is_published_if_and_only_if_the_callers_transaction_commits()
    {
        await using DbConnection connection = _outbox.Database.OpenConnection();
        await ExecuteAsync(connection, null, "CREATE TABLE orders(number BIGINT)");
        await using (DbTransaction transaction = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES(1)");
            _outbox.Add(transaction, new OrderCreated(1), key: "order-1");
            await transaction.RollbackAsync();
        }

        OutboxDispatcher dispatcher = Dispatcher(_outbox);
        Assert.That(await dispatcher.DispatchAsync(), Is.Zero);
        StoredEvent added;
        await using (DbTransaction transaction = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, transaction, "INSERT INTO orders VALUES(2)");
            added = _outbox.Add(transaction, new OrderCreated(2, "Ada"), new EventIds { CorrelationId = Guid.NewGuid() }, "order-2");
            await transaction.CommitAsync();
        }

        Assert.That(await dispatcher.DispatchAsync(), Is.EqualTo(1));
        Assert.That(_published.Single().HasSameContentAs(added), Is.True);
        Assert.That(added.Key, Is.EqualTo("order-2"));
        Assert.That((await _outbox.GetAsync(added.Id))!.Status, Is.EqualTo(OutboxStatus.Processed));
        Assert.That(await dispatcher.DispatchAsync(), Is.Zero);
    }

    [Test]
    public async Task Rows_of_a_key_are_published_in_order_also_when_one_fails()
    {
        StoredEvent[] items = [Event(key: "a"), Event(key: "b"), Event(key: "a"), Event(key: "b"), Event()];
        await AddAsync(items);
        int failures = 1;
        OutboxDispatcher dispatcher = Dispatcher(_outbox, item => item.Id == items[0].Id && failures-- > 0);
        await dispatcher.DispatchAsync();
        Assert.That(Ids("b"), Is.EqualTo(new[] { items[1].Id, items[3].Id }));
        Assert.That(Ids("a"), Is.Empty, "the failed row holds up its key, and nobody else");
        Assert.That(_published, Has.Count.EqualTo(3));
        OutboxEntry failed = (await _outbox.GetAsync(items[0].Id))!;
        Assert.That((failed.Status, failed.RetryCount, failed.ErrorMessage), Is.EqualTo((OutboxStatus.Failed, 1, "refused")));
        Assert.That(await dispatcher.DispatchAsync(), Is.Zero, "its time has not come");
        _time.Advance(TimeSpan.FromSeconds(2));
        await dispatcher.DispatchAsync();
        Assert.That(Ids("a"), Is.EqualTo(new[] { items[0].Id, items[2].Id }));
    }

    [Test]
    public async Task A_row_that_always_fails_becomes_a_dead_letter_and_its_key_goes_on()
    {
        var letters = new SqlDeadLetters(_outbox.Database);
        SqlOutbox outbox = NewOutbox(new OutboxOptions { MaxAttempts = 2, DeadLetters = letters });
        StoredEvent[] items = [Event(key: "a"), Event(key: "a")];
        await AddAsync(items);
        OutboxDispatcher dispatcher = Dispatcher(outbox, item => item.Id == items[0].Id);
        for (int i = 0; i < 3; i++)
        {
            await dispatcher.DispatchAsync();
            _time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.That(Ids("a"), Is.EqualTo(new[] { items[1].Id }));
        DeadLetter letter = (await letters.ListAsync()).Single();
        Assert.That((letter.Event.Id, letter.Subscription, letter.Failures, letter.ErrorMessage),
            Is.EqualTo((items[0].Id, OutboxDispatcher.DeadLetterSubscription, 2, "refused")));
        Assert.That((await outbox.GetAsync(items[0].Id))!.Status, Is.EqualTo(OutboxStatus.Dead));
    }

    [Test]
    public async Task By_option_the_key_of_a_row_given_up_waits_for_a_decision()
    {
        SqlOutbox outbox = NewOutbox(new OutboxOptions { MaxAttempts = 1, BlocksKey = true });
        StoredEvent[] items = [Event(key: "a"), Event(key: "a"), Event(key: "b")];
        await AddAsync(items);
        bool fails = true;
        OutboxDispatcher dispatcher = Dispatcher(outbox, item => fails && item.Id == items[0].Id);
        await dispatcher.DispatchAsync();
        Assert.That(await dispatcher.DispatchAsync(), Is.Zero);
        Assert.That((Ids("a").Count, Ids("b").Count), Is.EqualTo((0, 1)));
        fails = false;
        Assert.That(await outbox.RetryAsync(items[0].Id), Is.True);
        await dispatcher.DispatchAsync();
        Assert.That(Ids("a"), Is.EqualTo(new[] { items[0].Id, items[1].Id }));
    }

    [Test]
    public async Task Two_dispatchers_never_have_rows_of_one_key_at_once()
    {
        SqlOutbox other = NewOutbox(new OutboxOptions { BatchSize = 3 });
        SqlOutbox one = NewOutbox(new OutboxOptions { BatchSize = 3 });
        StoredEvent[] items = [.. Enumerable.Range(0, 120).Select(static i => Event(key: $"k{i % 4}"))];
        await AddAsync(items);
        var inside = new ConcurrentDictionary<string, int>();
        OutboxDispatcher[] dispatchers = [.. new[] { one, other }.Select(outbox => new OutboxDispatcher(outbox, OutboxPublisher.To(
            async (item, _) =>
            {
                Assert.That(inside.TryAdd(item.Key!, 0), Is.True, "another dispatcher publishes a row of this key");
                await Task.Yield();
                _published.Enqueue(item);
                inside.TryRemove(item.Key!, out int _);
            })))];
        await Task.WhenAll(dispatchers.Select(dispatcher => Task.Run(async () =>
        {
            while (_published.Count < items.Length)
                await dispatcher.DispatchAsync();
        }))).WaitAsync(Eventually.HangGuard);
        for (int k = 0; k < 4; k++)
        {
            string key = $"k{k}";
            Assert.That(Ids(key), Is.EqualTo(items.Where(item => item.Key == key).Select(static item => item.Id)));
        }
    }

    [Test]
    public async Task Rows_of_a_dispatcher_that_hangs_are_taken_over_after_its_lease()
    {
        StoredEvent item = Event(key: "a");
        await AddAsync(item, Event(key: "a"));
        var hanging = new TaskCompletionSource();
        Task<int> first = new OutboxDispatcher(_outbox, OutboxPublisher.To(async (_, _) => await hanging.Task)).DispatchAsync();
        SqlOutbox other = NewOutbox();
        OutboxDispatcher second = Dispatcher(other);
        await WaitForStatusAsync(item.Id, OutboxStatus.Processing);
        Assert.That(await second.DispatchAsync(), Is.Zero);
        _time.Advance(_outbox.Options.Lease);
        Assert.That(await second.DispatchAsync(), Is.EqualTo(2));
        hanging.SetResult();
        await first;
        Assert.That((await other.GetAsync(item.Id))!.Status, Is.EqualTo(OutboxStatus.Processed), "what the first one says counts no more");
    }

    [Test]
    public async Task A_started_dispatcher_publishes_what_is_added_and_stops()
    {
        var store = new SqlEventStore(_database.Open(_time));
        var outbox = new SqlOutbox(_database.Open(_time), Events, new OutboxOptions { PollInterval = TimeSpan.FromHours(1) });
        var publisher = new ReliablePublisher(outbox, OutboxPublisher.To(store));
        await using (var dispatcher = new OutboxDispatcher(outbox, OutboxPublisher.To(store)))
        {
            dispatcher.Start();
            for (int i = 1; i <= 20; i++)
            {
                ReliablePublishResult result = await publisher.PublishAsync(
                    new OrderCreated(i), new EventIds { Details = new EventDetails { Key = "k" } });
                Assert.That(result.Outcome, Is.EqualTo(ReliablePublishOutcome.Stored));
            }

            await store.WaitForTailAsync(19).AsTask().WaitAsync(Eventually.HangGuard);
        }

        string[] data = [.. (await store.ReadPageAsync(1)).Events.Select(static item => Encoding.UTF8.GetString(item.Data.Span))];
        Assert.That(data, Is.EqualTo(Enumerable.Range(1, 20).Select(static i => $$"""{"Number":{{i}},"Customer":""}""")));
    }

    [Test]
    public async Task Publishing_with_retries_stores_one_row_and_waits_longer_each_time()
    {
        int attempts = 0;
        var publisher = new ReliablePublisher(_outbox, OutboxPublisher.To((_, _) =>
            Interlocked.Increment(ref attempts) < 3 ? throw new InvalidOperationException("refused") : ValueTask.CompletedTask));
        Task<ReliablePublishResult> call = publisher.PublishWithRetryAsync(new OrderCreated(1), maxRetries: 5).AsTask();
        Eventually.IsTrue(() => Volatile.Read(ref attempts) == 1 && _time.PendingTimerCount > 0);
        _time.Advance(TimeSpan.FromSeconds(1.3));
        Eventually.IsTrue(() => Volatile.Read(ref attempts) == 2 && _time.PendingTimerCount > 0);
        _time.Advance(TimeSpan.FromSeconds(2.6));
        ReliablePublishResult result = await call.WaitAsync(Eventually.HangGuard);
        Assert.That((result.Outcome, attempts), Is.EqualTo((ReliablePublishOutcome.Published, 3)));
        Assert.That((await _outbox.GetStatisticsAsync()).CountByStatus, Is.EqualTo(
            new Dictionary<OutboxStatus, long> { [OutboxStatus.Processed] = 1 }));
    }

    [Test]
    public async Task When_the_retries_end_the_row_stays_for_the_dispatcher()
    {
        var publisher = new ReliablePublisher(_outbox, OutboxPublisher.To(static (_, _) => throw new InvalidOperationException("refused")));
        ReliablePublishResult result = await publisher.PublishWithRetryAsync(new OrderCreated(1), maxRetries: 0);
        Assert.That((result.Outcome, result.Attempts, result.Error!.Message), Is.EqualTo((ReliablePublishOutcome.Stored, 1, "refused")));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await Dispatcher(_outbox).DispatchAsync(), Is.EqualTo(1));
        Assert.That(_published.Single().Id, Is.EqualTo(result.Id));
    }

    [Test]
    public async Task A_database_that_fails_behind_the_store_is_an_attempt_that_failed_and_the_event_is_stored()
    {
        await using DbConnection connection = _outbox.Database.OpenConnection();
        var publisher = new ReliablePublisher(_outbox, OutboxPublisher.To(
            async (_, _) => await ExecuteAsync(connection, null, "ALTER TABLE outbox RENAME TO away")));
        ReliablePublishResult result = await publisher.PublishWithRetryAsync(new OrderCreated(1), maxRetries: 0);
        Assert.That((result.Outcome, result.Attempts), Is.EqualTo((ReliablePublishOutcome.Stored, 1)));
        Assert.That(result.Error, Is.InstanceOf<Engine.Storage.Databases.StorageException>());
        await ExecuteAsync(connection, null, "ALTER TABLE away RENAME TO outbox");
        _time.Advance(_outbox.Options.Lease);
        await Dispatcher(_outbox).DispatchAsync();
        Assert.That(_published.Single().Id, Is.EqualTo(result.Id));
    }

    [Test]
    public async Task An_event_that_cannot_be_encoded_or_breaks_a_rule_is_an_outcome()
    {
        var publisher = new ReliablePublisher(_outbox, OutboxPublisher.To(static (_, _) => ValueTask.CompletedTask));
        Assert.That((await publisher.PublishAsync(new Number(1))).Outcome, Is.EqualTo(ReliablePublishOutcome.NotSerialized));
        await using DbConnection connection = _outbox.Database.OpenConnection();
        Assert.Throws<EventValidationException>(() => _outbox.Add(connection, Event("No")));
    }

    [Test]
    public async Task Published_rows_are_removed_when_their_time_is_over()
    {
        await AddAsync(Many(5));
        await Dispatcher(_outbox).DispatchAsync();
        Assert.That(await _outbox.CleanUpAsync(), Is.Zero);
        _time.Advance(TimeSpan.FromDays(7));
        Assert.That(await _outbox.CleanUpAsync(), Is.EqualTo(5));
        SqlOutbox forgetful = NewOutbox(new OutboxOptions { ProcessedRetention = TimeSpan.Zero });
        await AddAsync(Many(2));
        await Dispatcher(forgetful).DispatchAsync();
        OutboxStatistics statistics = await forgetful.GetStatisticsAsync();
        Assert.That((statistics.CountByStatus.Count, statistics.OldestPendingAge), Is.EqualTo((0, TimeSpan.Zero)));
    }

    [Test]
    public async Task One_who_throws_when_told_of_a_failure_stops_nothing()
    {
        SqlOutbox outbox = NewOutbox(new OutboxOptions { OnNotice = static _ => throw new InvalidOperationException("mine") });
        await AddAsync(Event());
        OutboxDispatcher dispatcher = Dispatcher(outbox, static _ => true);
        await dispatcher.DispatchAsync();
        Assert.That((dispatcher.FailedCount, dispatcher.NoticeErrorCount), Is.EqualTo((1L, 1L)));
    }

    private static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string sql)
    {
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private StoredEventFactory Events => new(StorageTypes.Versions, "shop", _time);

    private SqlOutbox NewOutbox(OutboxOptions? options = null) => new(_database.Open(_time), Events, options);

    private OutboxDispatcher Dispatcher(SqlOutbox outbox, Func<StoredEvent, bool>? fails = null) =>
        new(outbox, OutboxPublisher.To((item, _) =>
        {
            if (fails?.Invoke(item) == true)
                throw new InvalidOperationException("refused");
            _published.Enqueue(item);
            return ValueTask.CompletedTask;
        }));

    private List<Guid> Ids(string key) => [.. _published.Where(item => item.Key == key).Select(static item => item.Id)];

    private async Task AddAsync(params StoredEvent[] items)
    {
        await using DbConnection connection = _outbox.Database.OpenConnection();
        await using DbTransaction transaction = await connection.BeginTransactionAsync();
        foreach (StoredEvent item in items)
            _outbox.Add(transaction, item);
        await transaction.CommitAsync();
    }

    private async Task WaitForStatusAsync(Guid id, OutboxStatus status)
    {
        while ((await _outbox.GetAsync(id))!.Status != status)
            await Task.Yield();
    }
}
