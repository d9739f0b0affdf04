using System.Text.Json.Serialization;
using Engine.Storage.Databases;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Sourcing;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Sourcing;

internal sealed record Tally(long Sum, int Shipped, string Customers);

internal sealed record OtherTally(string Text);

[JsonSerializable(typeof(Tally))]
[JsonSerializable(typeof(OtherTally))]
internal sealed partial class TallyJson : JsonSerializerContext;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class AggregateTests(StorageKind kind)
{
    private readonly List<SnapshotNotice> _notices = [];
    private DatabaseUnderTest _database = null!;
    private StorageDatabase _open = null!;
    private SqlEventStore _store = null!;
    private SqlSnapshotStore _snapshots = null!;

    [SetUp]
    public void Open()
    {
        _notices.Clear();
        _database = new DatabaseUnderTest(kind);
        _open = _database.Open();
        _store = new SqlEventStore(_open);
        _snapshots = new SqlSnapshotStore(_open, keep: 2);
    }

    [TearDown]
    public async Task Close()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task What_was_applied_and_saved_is_loaded()
    {
        AggregateRepository<Tally> tallies = Repository();
        Aggregate<Tally> tally = await tallies.LoadAsync("t");
        Assert.That((tally.Version, tally.State), Is.EqualTo((0L, new Tally(0, 0, ""))));
        Assert.That((await tallies.SaveAsync(tally)).Outcome, Is.EqualTo(AggregateSaveOutcome.Unchanged));
        tally.Apply(new OrderCreated(5, "Ada"));
        tally.Apply(new OrderShipped(5));
        Assert.That(tally.State, Is.EqualTo(new Tally(5, 1, "Ada")));
        Assert.That(await tallies.SaveAsync(tally), Is.EqualTo(new AggregateSaveResult(AggregateSaveOutcome.Saved, 2)));
        Assert.That((tally.Version, tally.Unsaved.Count), Is.EqualTo((2L, 0)));
        tally = await Repository().LoadAsync("t");
        Assert.That((tally.Version, tally.State), Is.EqualTo((2L, new Tally(5, 1, "Ada"))));
        Assert.That((await _store.ReadStreamAsync("tally-t")).Events.Select(static item => item.Key), Is.All.EqualTo("t"));
    }

    [Test]
    public async Task The_second_to_save_has_a_conflict_and_may_decide_again()
    {
        AggregateRepository<Tally> tallies = Repository();
        Aggregate<Tally> one = await tallies.LoadAsync("t");
        Aggregate<Tally> two = await tallies.LoadAsync("t");
        one.Apply(new OrderCreated(1));
        two.Apply(new OrderCreated(2));
        await tallies.SaveAsync(one);
        Assert.That(await tallies.SaveAsync(two), Is.EqualTo(new AggregateSaveResult(AggregateSaveOutcome.Conflict, 1)));
        Assert.That((two.Version, two.Unsaved.Count), Is.EqualTo((0L, 1)));
        int calls = 0;
        AggregateSaveResult result = await tallies.ExecuteAsync("t", tally =>
        {
            if (calls++ == 0)
                _store.AppendAsync("tally-t", ExpectedVersion.Any, [StorageTypes.Events.Create(new OrderCreated(4))]).AsTask().Wait();
            tally.Apply(new OrderCreated(8));
        });
        Assert.That((result, calls), Is.EqualTo((new AggregateSaveResult(AggregateSaveOutcome.Saved, 3), 2)));
        Assert.That((await tallies.LoadAsync("t")).State.Sum, Is.EqualTo(13));
        Assert.That(tallies.GetStatistics().Conflicts, Is.EqualTo(2));
    }

    [Test]
    public async Task Loading_with_snapshots_is_loading_without()
    {
        var random = new Random(7);
        AggregateRepository<Tally> tallies = Repository(every: 3);
        AggregateRepository<Tally> bare = Repository(every: 3, snapshots: null);
        for (int i = 0; i < 25; i++)
        {
            Aggregate<Tally> tally = await tallies.LoadAsync("t");
            for (int n = random.Next(1, 4); n > 0; n--)
                tally.Apply(new OrderCreated(random.Next(100), $"{i}"));
            await tallies.SaveAsync(tally);
            Assert.That((await bare.LoadAsync("t")).State, Is.EqualTo(tally.State));
            Assert.That((await tallies.LoadAsync("t")).State, Is.EqualTo(tally.State));
        }

        AggregateRepositoryStatistics statistics = tallies.GetStatistics();
        Assert.That(statistics.SnapshotsKept, Is.GreaterThan(5));
        Assert.That(statistics.SnapshotsUsed, Is.GreaterThan(40));
        Assert.That(statistics.EventsApplied, Is.LessThan(bare.GetStatistics().EventsApplied));
        Assert.That(await CountAsync("SELECT COUNT(*) FROM snapshots"), Is.EqualTo(2), "the newest are kept");
    }

    [Test]
    public async Task A_snapshot_from_before_a_change_of_the_schema_is_made_anew()
    {
        await FillAsync(Repository(every: 2), 4);
        AggregateType<OtherTally> changed = new AggregateTypeBuilder<OtherTally>("tally", static () => new OtherTally(""))
            .On<OrderCreated>(static (state, created) => new OtherTally($"{state.Text}{created.Number},"))
            .WithSnapshots(2, TallyJson.Default.OtherTally).Build();
        var repository = new AggregateRepository<OtherTally>(
            _store, StorageTypes.Events, changed, Options(2) with { OnNotice = _notices.Add });
        Assert.That((await repository.LoadAsync("t")).State.Text, Is.EqualTo("1,2,3,4,"));
        Assert.That(_notices.Select(static notice => notice.Problem), Is.EqualTo(
            new[] { SnapshotProblem.OtherSchema, SnapshotProblem.OtherSchema }));
        Assert.That(repository.GetStatistics().SnapshotsRejected, Is.EqualTo(2));
        _notices.Clear();
        Assert.That((await repository.LoadAsync("t")).State.Text, Is.EqualTo("1,2,3,4,"));
        Assert.That(_notices, Is.Empty);
        Assert.That(repository.GetStatistics().SnapshotsUsed, Is.EqualTo(1), "the first load has kept one of the new schema");
    }

    [Test]
    public async Task Damaged_unreadable_and_premature_snapshots_are_passed_over()
    {
        AggregateRepository<Tally> tallies = Repository(every: 2);
        await FillAsync(tallies, 4);
        await RunAsync("UPDATE snapshots SET schema_version = 99 WHERE version = 4");
        Assert.That((await tallies.LoadAsync("t")).State.Sum, Is.EqualTo(10));
        Assert.That(_snapshots.DamagedCount, Is.EqualTo(1));

        await _snapshots.DeleteAsync("tally-t");
        await _snapshots.SaveAsync(new Snapshot("tally-t", 4, 1, "no JSON"u8.ToArray()));
        await _snapshots.SaveAsync(new Snapshot("tally-t", 5, 1, "{}"u8.ToArray()));
        Assert.That((await tallies.LoadAsync("t")).State.Sum, Is.EqualTo(10));
        Assert.That(_notices.Select(static notice => (notice.Version, notice.Problem)), Is.EqualTo(
            new[] { (5, SnapshotProblem.AheadOfStream), (4L, SnapshotProblem.Unreadable) }));
    }

    [Test]
    public async Task A_store_of_snapshots_that_fails_is_done_without()
    {
        await FillAsync(Repository(), 4);
        AggregateRepository<Tally> tallies = Repository(snapshots: new FailingSnapshots());
        Assert.That((await tallies.LoadAsync("t")).State.Sum, Is.EqualTo(10));
        Assert.That(_notices.Select(static notice => notice.Problem), Is.EqualTo(new[] { SnapshotProblem.NotLoaded }));
        Assert.That(tallies.GetStatistics().SnapshotsRejected, Is.EqualTo(1));
    }

    [Test]
    public async Task An_event_that_is_erased_takes_the_snapshots_along_that_have_what_it_said()
    {
        AggregateRepository<Tally> tallies = Repository(every: 2);
        await FillAsync(tallies, 4);
        Aggregate<Tally> before = await tallies.LoadAsync("t");
        StoredEvent third = (await _store.ReadStreamAsync("tally-t", 3, 1)).Events[0];
        await _store.DeleteAsync(third.Id, "me", "asked for");
        Assert.That((await _snapshots.LoadAsync("tally-t"))!.Version, Is.EqualTo(2));
        before.Apply(new OrderCreated(5));
        before.Apply(new OrderCreated(6));
        await tallies.SaveAsync(before);
        Assert.That((await _snapshots.LoadAsync("tally-t"))!.Version, Is.EqualTo(2), "it was read before the erasure");
        Aggregate<Tally> after = await tallies.LoadAsync("t");
        Assert.That((after.State.Sum, after.Version, after.ErasedCount), Is.EqualTo((18L, 6L, 1L)));
        Assert.That((await _snapshots.LoadAsync("tally-t"))!.Version, Is.EqualTo(6));
    }

    [Test]
    public async Task Events_that_cannot_be_applied_are_an_error_that_names_them()
    {
        AggregateRepository<Tally> tallies = Repository(snapshots: null);
        await FillAsync(tallies, 2);
        await _store.AppendAsync("tally-u", ExpectedVersion.NoStream, [SampleEvents.Event("never.heard-of")]);
        await _store.AppendAsync("tally-v", ExpectedVersion.NoStream, [SampleEvents.Event(data: "[")]);
        await _store.TrimAsync(new EventRetention { UpTo = 1 });
        Assert.That(LoadError(tallies, "u").Message, Does.Contain("UnknownEvent"));
        Assert.That(LoadError(tallies, "v").Message, Does.Contain("Unreadable"));
        Assert.That(LoadError(tallies, "t").Message, Does.Contain("1 to 1 were trimmed"));
        var shippedOnly = new AggregateTypeBuilder<int>("tally", static () => 0).On<OrderShipped>(static (n, _) => n + 1).Build();
        var other = new AggregateRepository<int>(_store, StorageTypes.Events, shippedOnly);
        await _store.AppendAsync("tally-w", ExpectedVersion.NoStream, [StorageTypes.Events.Create(new OrderCreated(1))]);
        Assert.That(
            Assert.ThrowsAsync<AggregateLoadException>(async () => await other.LoadAsync("w"))!.Message, Does.Contain("does not say"));
    }

    [Test]
    public async Task With_an_outbox_events_are_stored_and_put_into_it_in_one_transaction()
    {
        var outbox = new SqlOutbox(_open);
        AggregateRepository<Tally> tallies = new(_store, StorageTypes.Events, NewType(), Options(100) with { Outbox = outbox });
        Aggregate<Tally> tally = await tallies.LoadAsync("t");
        tally.Apply(new OrderCreated(1));
        tally.Apply(new OrderCreated(2));
        Guid[] ids = [.. tally.Unsaved.Select(static item => item.Id)];
        Aggregate<Tally> late = await tallies.LoadAsync("t");
        late.Apply(new OrderCreated(3));
        await tallies.SaveAsync(tally);
        await tallies.SaveAsync(late);
        Assert.That(await CountAsync("SELECT COUNT(*) FROM outbox"), Is.EqualTo(2), "a conflict puts nothing into it");
        Assert.That((await outbox.GetAsync(ids[0]))!.Event.Key, Is.EqualTo("t"));
        Assert.Throws<ArgumentException>(() => _ = new AggregateRepository<Tally>(
            _store, StorageTypes.Events, NewType(), new() { Outbox = new SqlOutbox(_database.Open()) }));
    }

    private static AggregateLoadException LoadError(AggregateRepository<Tally> tallies, string id) =>
        Assert.ThrowsAsync<AggregateLoadException>(async () => await tallies.LoadAsync(id))!;

    private static AggregateType<Tally> NewType() => new AggregateTypeBuilder<Tally>("tally", static () => new Tally(0, 0, ""))
        .On<OrderCreated>(static (tally, created) =>
            tally with { Sum = tally.Sum + created.Number, Customers = tally.Customers + created.Customer })
        .On<OrderShipped>(static (tally, _) => tally with { Shipped = tally.Shipped + 1 })
        .WithSnapshots(1, TallyJson.Default.Tally).Build();

    private static async Task FillAsync(AggregateRepository<Tally> tallies, int count)
    {
        Aggregate<Tally> tally = await tallies.LoadAsync("t");
        for (int i = 1; i <= count; i++)
        {
            tally.Apply(new OrderCreated(i));
            await tallies.SaveAsync(tally);
        }
    }

    private AggregateRepositoryOptions Options(int every) =>
        new() { Snapshots = _snapshots, SnapshotEvery = every, OnNotice = _notices.Add };

    private AggregateRepository<Tally> Repository(int every = 100) => new(_store, StorageTypes.Events, NewType(), Options(every));

    private AggregateRepository<Tally> Repository(int every, ISnapshotStore? snapshots) =>
        new(_store, StorageTypes.Events, NewType(), Options(every) with { Snapshots = snapshots });

    private AggregateRepository<Tally> Repository(ISnapshotStore? snapshots) => Repository(100, snapshots);

    private async Task<long> CountAsync(string sql) => (await _open.QueryAsync("test", sql, static row => row.GetInt64(0), [], default))[0];

    private async Task RunAsync(string sql) => await _open.WriteAsync("test", session => session.Execute(sql));

    private sealed class FailingSnapshots : ISnapshotStore
    {
        public ValueTask<bool> SaveAsync(Snapshot snapshot, CancellationToken cancellationToken = default) => new(false);

        public ValueTask<Snapshot?> LoadAsync(
            string stream, long atMost = long.MaxValue, CancellationToken cancellationToken = default) =>
            throw new TimeoutException("mine");

        public ValueTask<int> DeleteAsync(string stream, CancellationToken cancellationToken = default) => new(0);
    }
}
