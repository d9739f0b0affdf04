using System.Text;
using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

/// <summary>What every event store promises, whatever the database.</summary>
[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class EventStoreTests(StorageKind kind)
{
    private DatabaseUnderTest _database = null!;
    private ManualTime _time = null!;
    private SqlEventStore _store = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(kind);
        _time = new ManualTime();
        _store = new SqlEventStore(_database.Open(_time));
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task An_event_comes_back_as_it_was_given()
    {
        StoredEvent item = Event(key: "k");
        Assert.That(await _store.AppendAsync(item), Is.EqualTo(new AppendResult(AppendOutcome.Stored, 1)));
        StoredEvent expected = item with { Sequence = 1, RecordedAt = _time.GetUtcNow() };
        var other = new SqlEventStore(_database.Open(_time));
        Assert.That(await _store.GetAsync(item.Id), Is.EqualTo(expected));
        Assert.That(await other.GetAsync(item.Id), Is.EqualTo(expected));
        Assert.That(await other.GetBySequenceAsync(1), Is.EqualTo(expected));
        Assert.That(await other.GetAsync(Guid.NewGuid()), Is.Null);
        Assert.That(await other.GetBySequenceAsync(2), Is.Null);
    }

    [Test]
    public async Task The_same_event_again_is_a_duplicate_and_another_one_under_its_id_a_conflict()
    {
        StoredEvent[] items = Many(3);
        await _store.AppendAsync(items);
        Assert.That(await _store.AppendAsync(items[1]), Is.EqualTo(new AppendResult(AppendOutcome.Duplicate, 2)));
        StoredEvent fresh = Event();
        StoredEvent conflict = items[2] with { Source = "elsewhere" };
        EventConflictException error = Assert.ThrowsAsync<EventConflictException>(
            async () => await _store.AppendAsync([fresh, conflict]))!;
        Assert.That((error.Id, error.Sequence), Is.EqualTo((items[2].Id, 3L)));
        Assert.That(await _store.GetAsync(fresh.Id), Is.Null, "a batch is stored as a whole or not at all");
        Assert.That((await _store.AppendAsync(fresh)).Sequence, Is.EqualTo(4), "no place was used up");
    }

    [Test]
    public async Task A_batch_may_hold_an_event_twice()
    {
        StoredEvent item = Event();
        Assert.That(await _store.AppendAsync([item, item]), Is.EqualTo(
            new[] { new AppendResult(AppendOutcome.Stored, 1), new AppendResult(AppendOutcome.Duplicate, 1) }));
    }

    [Test]
    public async Task Nothing_of_an_invalid_batch_is_stored()
    {
        Assert.ThrowsAsync<EventValidationException>(async () => await _store.AppendAsync([Event(), Event("No")]));
        Assert.That((await _store.GetStatisticsAsync()).LastSequence, Is.Zero);
    }

    [Test]
    public async Task Places_of_concurrent_writers_are_contiguous_and_in_the_order_of_commits()
    {
        var other = new SqlEventStore(_database.Open(_time));
        await _store.InitializeAsync();
        using var stop = new CancellationTokenSource();
        Task reader = Task.Run(async () =>
        {
            // Whatever a reader has seen is a prefix: nothing appears before it later.
            long seen = 0;
            while (!stop.IsCancellationRequested)
            {
                EventPage page = await other.ReadPageAsync(seen + 1);
                foreach (StoredEvent item in page.Events)
                    Assert.That(item.Sequence, Is.EqualTo(++seen));
            }
        });
        AppendResult[][] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            SqlEventStore store = i % 2 == 0 ? _store : other;
            var mine = new List<AppendResult>();
            for (int n = 0; n < 20; n++)
                mine.AddRange(await store.AppendAsync(Many(1 + (n % 3))));
            return mine.ToArray();
        })));
        await stop.CancelAsync();
        await reader;
        long[] sequences = [.. results.SelectMany(static result => result).Select(static result => result.Sequence)];
        Assert.That(sequences.Order(), Is.EqualTo(Enumerable.Range(1, sequences.Length)));
        Assert.That(results, Is.All.Matches<AppendResult[]>(
            static mine => mine.Zip(mine.Skip(1)).All(static pair => pair.First.Sequence < pair.Second.Sequence)));
    }

    [Test]
    public async Task Recorded_time_does_not_go_back_when_the_clock_does()
    {
        await _store.AppendAsync(Event());
        var late = new SqlEventStore(_database.Open(new ManualTime(_time.GetUtcNow().AddMinutes(-1))));
        await late.AppendAsync(Event(at: _time.GetUtcNow().AddHours(-1)));
        Assert.That((await late.GetBySequenceAsync(2))!.RecordedAt, Is.EqualTo(_time.GetUtcNow()));
    }

    [Test]
    public async Task A_time_range_has_its_start_and_not_its_end()
    {
        DateTimeOffset start = _time.GetUtcNow();
        for (int i = 0; i < 5; i++)
        {
            await _store.AppendAsync(Event(i == 2 ? "other" : "order.created"));
            _time.Advance(TimeSpan.FromTicks(1));
        }

        async Task<long[]> Range(string type, int from, int to)
        {
            var found = new List<long>();
            await foreach (StoredEvent item in _store.GetByTimeRangeAsync(type, start.AddTicks(from), start.AddTicks(to)))
                found.Add(item.Sequence);
            return [.. found];
        }

        Assert.That(await Range("**", 1, 4), Is.EqualTo(new[] { 2, 3, 4 }));
        Assert.That(await Range("order.*", 1, 4), Is.EqualTo(new[] { 2, 4 }));
        Assert.That(await Range("**", 2, 2), Is.Empty);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => _store.GetByTimeRangeAsync("**", start.AddTicks(2), start.AddTicks(1)))!;
        Assert.That(error.Message, Does.Contain($"{start.AddTicks(2):O}").And.Contain($"{start.AddTicks(1):O}"));
    }

    [Test]
    public async Task Pages_go_both_ways_and_filters_hold()
    {
        await _store.AppendAsync([.. Enumerable.Range(1, 25)
            .Select(static i => Event(i % 5 == 0 ? "node.status" : "order.created", key: $"k{i % 2}"))]);
        EventPage page = await _store.ReadPageAsync(1, limit: 10);
        Assert.That((page.Events.Count, page.NextSequence, page.Tail, page.IsLast), Is.EqualTo((10, 11L, 25L, false)));
        Assert.That(page.Gap, Is.Null);
        Assert.That((await _store.ReadPageAsync(21, limit: 10)).IsLast, Is.True);
        EventPage last = await _store.ReadPageAsync(long.MaxValue, direction: ReadDirection.Backward, limit: 5);
        Assert.That((last.Events[0].Sequence, last.NextSequence), Is.EqualTo((25L, 20L)));
        EventFilter nodes = EventFilter.OfTypes("node.**", "nothing.*") with { Key = "k1" };
        Assert.That((await _store.ReadPageAsync(1, nodes)).Events.Select(static item => item.Sequence), Is.EqualTo(new[] { 5, 15, 25 }));
        EventPage none = await _store.ReadPageAsync(1, EventFilter.OfTypes("none"));
        Assert.That(none.NextSequence, Is.EqualTo(26), "a page without matches moves on");
        Assert.That(
            (await _store.GetByTypeAsync("node.status", 2)).Select(static item => item.Sequence), Is.EqualTo(new[] { 25, 20 }));
        StoredEvent one = (await _store.GetBySequenceAsync(7))!;
        EventFilter correlation = new() { CorrelationId = one.CorrelationId, Source = "shop" };
        Assert.That((await _store.ReadPageAsync(1, correlation)).Events.Single(), Is.EqualTo(one));
        Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _store.ReadPageAsync(1, limit: 1001));
        Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await _store.GetByTypeAsync("**", 0));
    }

    [Test]
    public async Task Text_of_a_filter_is_never_part_of_a_statement()
    {
        await _store.AppendAsync(Event(key: "a'; DROP TABLE events; --"));
        EventFilter filter = new() { Key = "a'; DROP TABLE events; --" };
        Assert.That((await _store.ReadPageAsync(1, filter)).Events, Has.Count.EqualTo(1));
        Assert.That((await _store.ReadPageAsync(1, new EventFilter { Key = "' OR '1'='1" })).Events, Is.Empty);
    }

    [Test]
    public async Task An_erased_event_keeps_its_place_and_loses_its_data()
    {
        StoredEvent[] items = Many(3);
        await _store.AppendAsync(items);
        await _store.GetAsync(items[1].Id);
        EraseOutcome outcome = await _store.DeleteAsync(items[1].Id, "ops", "asked for");
        Assert.That(outcome, Is.EqualTo(kind == StorageKind.Sqlite ? EraseOutcome.Erased : EraseOutcome.ErasedPendingCleanUp));
        StoredEvent erased = (await _store.GetAsync(items[1].Id))!;
        Assert.That(erased.Erasure, Is.EqualTo(new EventErasure(_time.GetUtcNow(), "ops", "asked for")));
        Assert.That((erased.Data.Length, erased.Metadata.Count, erased.Sequence), Is.EqualTo((0, 0, 2L)));
        Assert.That(await _store.DeleteAsync(items[1].Id, "ops", "again"), Is.EqualTo(EraseOutcome.AlreadyErased));
        Assert.That(await _store.DeleteAsync(Guid.NewGuid(), "ops", "again"), Is.EqualTo(EraseOutcome.NotFound));
        Assert.That(await _store.AppendAsync(items[1]), Is.EqualTo(new AppendResult(AppendOutcome.Duplicate, 2)), "it does not come back");
        EventStoreStatistics statistics = await _store.GetStatisticsAsync();
        Assert.That((statistics.EventCount, statistics.DataBytes), Is.EqualTo((3L, items[0].Data.Length + (long)items[2].Data.Length)));
    }

    [Test]
    public async Task Trimming_removes_a_prefix_and_readers_behind_it_are_told()
    {
        await _store.AppendAsync(Many(2500));
        TrimReport report = await _store.TrimAsync(new EventRetention { MaxCount = 400 });
        Assert.That((report.Events, report.FirstSequence), Is.EqualTo((2100L, 2101L)));
        EventPage page = await _store.ReadPageAsync(11, limit: 5);
        Assert.That((page.Gap, page.Events[0].Sequence), Is.EqualTo(((SequenceGap?)new SequenceGap(11, 2100), 2101L)));
        _time.Advance(TimeSpan.FromHours(1));
        await _store.AppendAsync(Event());
        report = await _store.TrimAsync(new EventRetention { MaxAge = TimeSpan.FromMinutes(30) });
        Assert.That((report.Events, report.FirstSequence), Is.EqualTo((400L, 2501L)));
        report = await _store.TrimAsync(new EventRetention { MaxBytes = 0 });
        Assert.That((report.Events, report.FirstSequence), Is.EqualTo((1L, 2502L)));
        Assert.That((await _store.AppendAsync(Event())).Sequence, Is.EqualTo(2502), "places are never given twice");
        EventStoreStatistics statistics = await _store.GetStatisticsAsync();
        Assert.That((statistics.FirstSequence, statistics.CountByType["order.created"]), Is.EqualTo((2502L, 1L)));
    }

    [Test]
    public async Task The_tail_is_seen_in_this_process_and_in_others()
    {
        var other = new SqlEventStore(_database.Open(), new EventStoreOptions { PollInterval = TimeSpan.FromMilliseconds(5) });
        Task<long> here = _store.WaitForTailAsync(0).AsTask();
        Task<long> there = other.WaitForTailAsync(0).AsTask();
        await _store.AppendAsync(Many(3));
        Assert.That(await Task.WhenAll(here, there).WaitAsync(Eventually.HangGuard), Is.EqualTo(new[] { 3, 3 }));
        using var cancellation = new CancellationTokenSource();
        Task<long> never = _store.WaitForTailAsync(3, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(async () => await never, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Several_may_open_a_new_database_at_once()
    {
        SqlEventStore[] stores = [.. Enumerable.Range(0, 8).Select(_ => new SqlEventStore(_database.Open(_time)))];
        await Task.WhenAll(stores.Select(static store => store.InitializeAsync()));
        await Task.WhenAll(stores.Select(static store => store.AppendAsync(Event()).AsTask()));
        Assert.That((await _store.GetStatisticsAsync()).LastSequence, Is.EqualTo(8));
    }

    [Test]
    public async Task Tables_of_a_newer_build_are_refused()
    {
        await _store.InitializeAsync();
        await _store.Database.WriteAsync(
            "test", static session => session.Execute("INSERT INTO schema_info(version, applied_at) VALUES(7, 0)"));
        var store = new SqlEventStore(_database.Open());
        StorageException error = Assert.ThrowsAsync<StorageException>(() => store.InitializeAsync())!;
        Assert.That(error.Message, Does.Contain("version 7").And.Contain("up to 4"));
    }

    [Test]
    public async Task A_damaged_row_is_named_and_the_others_can_be_read()
    {
        await _store.AppendAsync(Many(3));
        await _store.Database.WriteAsync("test", static session => session.Execute(
            "UPDATE events SET data = @data WHERE sequence = 2", ("data", new ReadOnlyMemory<byte>("{\"n\":9}"u8.ToArray()))));
        var store = new SqlEventStore(_database.Open());
        StorageException error = Assert.ThrowsAsync<StorageException>(async () => await store.GetBySequenceAsync(2))!;
        Assert.That(error.Message, Does.Contain("#2").And.Contain("damaged"));
        Assert.That((await store.GetBySequenceAsync(3))!.Sequence, Is.EqualTo(3));
    }

    [Test]
    public async Task Readers_wait_for_a_connection_and_are_told_who_holds_it()
    {
        StorageDatabase database = _database.Open(
            options: new DatabaseOptions { MaxReaders = 1, AcquireTimeout = TimeSpan.FromMilliseconds(20) });
        var store = new SqlEventStore(database);
        await store.InitializeAsync();
        var held = new TaskCompletionSource();
        Task<int> holder = database.ReadAsync(
            "a long report", async (_, _) =>
            {
                await held.Task;
                return 0;
            },
            default).AsTask();
        StorageException error = Assert.ThrowsAsync<StorageException>(async () => await store.GetBySequenceAsync(1))!;
        Assert.That((error.IsTransient, error.Message), Is.EqualTo((true, error.Message)));
        Assert.That(error.Message, Does.Contain("1 of 1 are held by 1 a long report"));
        held.SetResult();
        await holder;
        Assert.That(await store.GetBySequenceAsync(1), Is.Null);
    }

    [Test]
    public async Task Work_that_fails_takes_nobody_else_with_it()
    {
        await _store.InitializeAsync();
        using var gate = new ManualResetEventSlim();
        ValueTask<int> blocker = _store.Database.WriteAsync("test", _ =>
        {
            gate.Wait();
            return 0;
        });
        Task<AppendResult>[] good = [.. Enumerable.Range(0, 5).Select(_ => _store.AppendAsync(Event()).AsTask())];
        ValueTask<int> bad = _store.Database.WriteAsync<int>("test", static _ => throw new ArithmeticException("mine"));
        Task<AppendResult> after = _store.AppendAsync(Event()).AsTask();
        gate.Set();
        await blocker;
        Assert.That(async () => await bad, Throws.InstanceOf<ArithmeticException>());
        Assert.That((await Task.WhenAll(good)).Select(static result => result.Sequence), Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
        Assert.That((await after).Sequence, Is.EqualTo(6));
    }

    [Test]
    public async Task What_waits_when_the_database_is_closed_is_stored_and_later_calls_are_refused()
    {
        await _store.InitializeAsync();
        Task<AppendResult>[] appends = [.. Enumerable.Range(0, 50).Select(_ => _store.AppendAsync(Event()).AsTask())];
        await _store.Database.DisposeAsync();
        Assert.That((await Task.WhenAll(appends)).Select(static result => result.Sequence), Is.EquivalentTo(Enumerable.Range(1, 50)));
        Assert.That(async () => await _store.AppendAsync(Event()), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That((await new SqlEventStore(_database.Open()).GetStatisticsAsync()).LastSequence, Is.EqualTo(50));
    }

    [Test]
    public async Task Large_data_and_odd_texts_survive()
    {
        byte[] data = new byte[1 << 20];
        Random.Shared.NextBytes(data);
        StoredEvent item = Event(key: "\u00fc\ud83d\ude00'\"%_") with { Data = data, ContentType = "application/octet-stream" };
        await _store.AppendAsync(item);
        StoredEvent read = (await new SqlEventStore(_database.Open()).GetAsync(item.Id))!;
        Assert.That(read.HasSameContentAs(item), Is.True);
        Assert.That(Encoding.UTF8.GetByteCount(read.Key!), Is.EqualTo(Encoding.UTF8.GetByteCount(item.Key!)));
    }
}
