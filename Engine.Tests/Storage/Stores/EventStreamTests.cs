using Engine.Storage.Databases;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

/// <summary>What the streams of every event store promise, whatever the database.</summary>
[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class EventStreamTests(StorageKind kind)
{
    private DatabaseUnderTest _database = null!;
    private SqlEventStore _store = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(kind);
        _store = new SqlEventStore(_database.Open(new ManualTime()));
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task A_stream_numbers_its_events_by_itself()
    {
        await _store.AppendAsync(Event());
        StoredEvent[] one = Many(2);
        StoredEvent[] two = Many(1);
        StoredEvent[] three = Many(1);
        Assert.That(Shown(await _store.AppendAsync("a", ExpectedVersion.NoStream, one)), Is.EqualTo("Appended 2 at 2, 3"));
        Assert.That(Shown(await _store.AppendAsync("b", ExpectedVersion.Any, two)), Is.EqualTo("Appended 1 at 4"));
        Assert.That(Shown(await _store.AppendAsync("a", ExpectedVersion.Exactly(2), three)), Is.EqualTo("Appended 3 at 5"));

        StreamPage page = await new SqlEventStore(_database.Open()).ReadStreamAsync("a");
        Assert.That(page.Events.Select(static item => (item.Id, item.Stream, item.StreamVersion, item.Sequence)), Is.EqualTo(
            new (Guid, string?, long, long)[] { (one[0].Id, "a", 1, 2), (one[1].Id, "a", 2, 3), (three[0].Id, "a", 3, 5) }));
        Assert.That((page.Stream.Version, page.NextVersion, page.IsLast, page.Gap), Is.EqualTo((3L, 4L, true, (SequenceGap?)null)));
        page = await _store.ReadStreamAsync("a", 2, 1);
        Assert.That((page.Events.Single().Id, page.NextVersion, page.IsLast), Is.EqualTo((one[1].Id, 3L, false)));
        page = await _store.ReadStreamAsync("none");
        Assert.That((page.Events.Count, page.Stream.Version, page.IsLast), Is.EqualTo((0, 0L, true)));
        Assert.That((await _store.GetBySequenceAsync(1))!.Stream, Is.Null);
    }

    [Test]
    public async Task A_version_that_is_not_the_expected_one_is_a_conflict_that_writes_nothing()
    {
        await _store.AppendAsync("a", ExpectedVersion.NoStream, Many(2));
        foreach (ExpectedVersion expected in (ExpectedVersion[])[default, ExpectedVersion.Exactly(1), ExpectedVersion.Exactly(3)])
            Assert.That(Shown(await _store.AppendAsync("a", expected, Many(1))), Is.EqualTo("Conflict 2 at "), expected.ToString());
        Assert.That(Shown(await _store.AppendAsync("b", ExpectedVersion.Exactly(1), Many(1))), Is.EqualTo("Conflict 0 at "));
        Assert.That((await _store.GetStatisticsAsync()).LastSequence, Is.EqualTo(2));
        Assert.That(await _store.FindStreamAsync("b"), Is.Null);
    }

    [Test]
    public async Task The_same_append_again_is_a_duplicate_whatever_is_expected()
    {
        StoredEvent[] items = Many(3);
        await _store.AppendAsync("a", ExpectedVersion.NoStream, items);
        await _store.AppendAsync("a", ExpectedVersion.Any, Many(1));
        Assert.That(Shown(await _store.AppendAsync("a", ExpectedVersion.NoStream, items)), Is.EqualTo("Duplicate 3 at 1, 2, 3"));
        foreach (StoredEvent[] other in (StoredEvent[][])
            [[items[0], Event()], [Event(), items[0]], [items[1], items[0]], [items[0] with { Source = "x" }]])
        {
            Assert.ThrowsAsync<EventConflictException>(async () => await _store.AppendAsync("a", ExpectedVersion.Any, other));
        }

        Assert.ThrowsAsync<EventConflictException>(async () => await _store.AppendAsync("b", ExpectedVersion.Any, items));
        Assert.ThrowsAsync<ArgumentException>(async () => await _store.AppendAsync("b", ExpectedVersion.Any, [items[0], items[0]]));
        Assert.ThrowsAsync<ArgumentException>(async () => await _store.AppendAsync(" ", ExpectedVersion.Any, items));
        Assert.That((await _store.GetStatisticsAsync()).LastSequence, Is.EqualTo(4));
    }

    [Test]
    public async Task Of_writers_that_expect_the_same_version_one_wins_each_time()
    {
        SqlEventStore[] stores = [_store, new(_database.Open()), new(_database.Open())];
        const int Each = 20;
        await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                StreamAppendResult result;
                do
                {
                    long version = (await store.FindStreamAsync("a"))?.Version ?? 0;
                    result = await store.AppendAsync("a", ExpectedVersion.Exactly(version), Many(1));
                }
                while (result.Outcome == StreamAppendOutcome.Conflict);
            }
        })));
        StreamPage page = await _store.ReadStreamAsync("a");
        Assert.That(page.Events.Select(static item => item.StreamVersion), Is.EqualTo(Enumerable.Range(1, Each * 3)));
    }

    [Test]
    public async Task Streams_are_listed_by_prefix_in_pages()
    {
        foreach (string name in (string[])["order-2", "order-10", "order-1", "orders", "\u00e4", "order_1"])
            await _store.AppendAsync(name, ExpectedVersion.NoStream, Many(1));
        Assert.That((await _store.ListStreamsAsync("order-")).Select(static stream => stream.Name),
            Is.EqualTo(new[] { "order-1", "order-10", "order-2" }));
        Assert.That((await _store.ListStreamsAsync("order-", "order-1", 1)).Single().Name, Is.EqualTo("order-10"));
        Assert.That(await _store.ListStreamsAsync(), Has.Count.EqualTo(6));
        Assert.That((await _store.ListStreamsAsync("\u00e4")).Single().Version, Is.EqualTo(1));
    }

    [Test]
    public async Task A_deleted_stream_says_nothing_and_takes_nothing()
    {
        await _store.AppendAsync("a", ExpectedVersion.NoStream, Many(3));
        EraseOutcome expected = kind == StorageKind.Sqlite ? EraseOutcome.Erased : EraseOutcome.ErasedPendingCleanUp;
        Assert.That(await _store.DeleteStreamAsync("a", "me", "asked for"), Is.EqualTo(expected));
        Assert.That(await _store.DeleteStreamAsync("a", "me", "asked for"), Is.EqualTo(EraseOutcome.AlreadyErased));
        Assert.That(await _store.DeleteStreamAsync("b", "me", "asked for"), Is.EqualTo(EraseOutcome.NotFound));
        StreamPage page = await _store.ReadStreamAsync("a");
        Assert.That((page.Stream.IsDeleted, page.Stream.Deletion!.By, page.Stream.Version), Is.EqualTo((true, "me", 3L)));
        Assert.That(page.Events.Select(static item => item.IsErased), Is.EqualTo(new[] { true, true, true }));
        Assert.That(Shown(await _store.AppendAsync("a", ExpectedVersion.Any, Many(1))), Is.EqualTo("Deleted 3 at "));
    }

    [Test]
    public async Task Versions_go_on_behind_events_that_were_trimmed()
    {
        await _store.AppendAsync("a", ExpectedVersion.NoStream, Many(3));
        await _store.TrimAsync(new EventRetention { UpTo = 2 });
        StreamPage page = await _store.ReadStreamAsync("a");
        Assert.That((page.Gap, page.Events.Single().StreamVersion), Is.EqualTo(((SequenceGap?)new SequenceGap(1, 2), 3L)));
        await _store.TrimAsync(new EventRetention { UpTo = 3 });
        Assert.That(Shown(await _store.AppendAsync("a", ExpectedVersion.Exactly(3), Many(1))), Is.EqualTo("Appended 4 at 4"));
        Assert.That((await _store.ReadStreamAsync("a")).Gap, Is.EqualTo(new SequenceGap(1, 3)));
    }

    [Test]
    public async Task Tables_of_the_first_version_are_renewed()
    {
        StorageDatabase database = _database.Open();
        var older = new SqlEventStore(database);
        await older.AppendAsync(Event());
        await database.WriteAsync("going back", static session =>
            session.Execute("DROP TABLE streams") + session.Execute("DROP TABLE snapshots")
            + session.Execute("DROP TABLE projections") + session.Execute("DROP TABLE subscription_claims")
            + session.Execute("ALTER TABLE event_types DROP COLUMN kept_since")
            + session.Execute("ALTER TABLE checkpoints DROP COLUMN taken")
            + session.Execute("DROP INDEX idx_outbox_lease") + session.Execute("DROP INDEX idx_outbox_later")
            + session.Execute("DROP INDEX idx_outbox_blocked") + session.Execute("DROP INDEX idx_dead_lease")
            + session.Execute("DELETE FROM schema_info WHERE version > 1"));
        var renewed = new SqlEventStore(_database.Open());
        Assert.That((await renewed.AppendAsync("a", ExpectedVersion.NoStream, Many(1))).Sequences, Is.EqualTo(new[] { 2 }));
    }

    private static string Shown(StreamAppendResult result) =>
        $"{result.Outcome} {result.Version} at {string.Join(", ", result.Sequences)}";
}
