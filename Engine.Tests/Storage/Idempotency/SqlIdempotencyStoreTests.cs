using System.Data.Common;
using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Storage.Idempotency;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Idempotency;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class SqlIdempotencyStoreTests(StorageKind kind)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private readonly IdempotencyKey _key = new("billing", Guid.NewGuid());
    private DatabaseUnderTest _database = null!;
    private ManualTime _time = null!;
    private SqlIdempotencyStore _store = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(kind);
        _time = new ManualTime();
        _store = new SqlIdempotencyStore(_database.Open(_time));
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task A_key_is_claimed_once_and_stays_completed_over_a_restart()
    {
        IdempotencyClaim claim = await _store.TryClaimAsync(_key, Lease);
        Assert.That(claim.Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
        var other = new SqlIdempotencyStore(_database.Open(_time));
        IdempotencyClaim second = await other.TryClaimAsync(_key, Lease);
        Assert.That((second.Outcome, second.ExpiresIn), Is.EqualTo((IdempotencyClaimOutcome.InFlight, Lease)));
        Assert.That(
            (await other.TryClaimAsync(_key with { Subscription = "shipping" }, Lease)).Outcome,
            Is.EqualTo(IdempotencyClaimOutcome.Claimed), "a second subscriber gets the event too");
        Assert.That(await _store.CompleteAsync(_key, claim.Token), Is.True);
        Assert.That(await _store.CompleteAsync(_key, claim.Token), Is.False);
        Assert.That((await _store.TryClaimAsync(_key, Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
        Assert.That((await other.TryClaimAsync(_key, Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
    }

    [Test]
    public async Task A_failed_event_is_not_remembered()
    {
        IdempotencyClaim claim = await _store.TryClaimAsync(_key, Lease);
        Assert.That(await _store.ReleaseAsync(_key, claim.Token), Is.True);
        Assert.That(await _store.ReleaseAsync(_key, claim.Token), Is.False);
        Assert.That((await _store.TryClaimAsync(_key, Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
    }

    [Test]
    public async Task A_claim_whose_owner_crashed_is_taken_over_after_its_lease()
    {
        IdempotencyClaim first = await _store.TryClaimAsync(_key, Lease);
        _time.Advance(Lease - TimeSpan.FromTicks(1));
        Assert.That((await _store.TryClaimAsync(_key, Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.InFlight));
        _time.Advance(TimeSpan.FromTicks(1));
        IdempotencyClaim second = await _store.TryClaimAsync(_key, Lease);
        Assert.That(second.Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
        Assert.That(await _store.CompleteAsync(_key, first.Token), Is.False);
        Assert.That(await _store.ReleaseAsync(_key, first.Token), Is.False);
        Assert.That(await _store.CompleteAsync(_key, second.Token), Is.True);
    }

    [Test]
    public async Task Of_many_who_claim_at_once_one_gets_it()
    {
        SqlIdempotencyStore[] stores = [_store, new SqlIdempotencyStore(_database.Open(_time))];
        IdempotencyClaim[] claims = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => Task.Run(async () => await stores[i % 2].TryClaimAsync(_key, Lease))));
        Assert.That(claims.Count(static claim => claim.Outcome == IdempotencyClaimOutcome.Claimed), Is.EqualTo(1));
    }

    [Test]
    public async Task The_handlers_writes_and_the_record_commit_together()
    {
        await _store.InitializeAsync();
        IdempotencyClaim claim = await _store.TryClaimAsync(_key, Lease);
        await using (DbConnection connection = _store.Database.OpenConnection())
        {
            await using (DbTransaction lost = await connection.BeginTransactionAsync())
            {
                Assert.That(await _store.CompleteAsync(_key, claim.Token, lost), Is.True);
                await lost.RollbackAsync();
            }

            Assert.That((await _store.TryClaimAsync(_key, Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.InFlight));
            await using DbTransaction kept = await connection.BeginTransactionAsync();
            Assert.That(await _store.CompleteAsync(_key, claim.Token + 1, kept), Is.False);
            Assert.That(await _store.CompleteAsync(_key, claim.Token, kept), Is.True);
            await kept.CommitAsync();
        }

        Assert.That((await _store.TryClaimAsync(_key, Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
    }

    [Test]
    public async Task The_window_is_bounded_by_age_and_count()
    {
        var store = new SqlIdempotencyStore(_store.Database, new SqlIdempotencyOptions { Capacity = 3, MemoryCount = 0 });
        IdempotencyKey[] keys = [.. Enumerable.Range(0, 5).Select(static _ => new IdempotencyKey("billing", Guid.NewGuid()))];
        foreach (IdempotencyKey key in keys)
        {
            await store.CompleteAsync(key, (await store.TryClaimAsync(key, Lease)).Token);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(await store.TrimAsync(), Is.EqualTo(2));
        Assert.That((await store.TryClaimAsync(keys[1], Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
        Assert.That((await store.TryClaimAsync(keys[2], Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Completed));
        _time.Advance(TimeSpan.FromDays(7));
        Assert.That((await store.TryClaimAsync(keys[2], Lease)).Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed), "past the window");
        Assert.That(await store.TrimAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task An_idempotent_handler_runs_once_for_copies_at_the_same_time()
    {
        EventBus bus = Buses.Started();
        int runs = 0;
        var options = new IdempotencyOptions { Subscription = "billing", Store = _store };
        var guard = new IdempotencyGuard(options);
        Guid id = Guid.NewGuid();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => await guard.RunAsync(
            id, 0, (_, _) =>
            {
                Interlocked.Increment(ref runs);
                return new ValueTask<bool>(true);
            },
            CancellationToken.None))));
        Assert.That(runs, Is.EqualTo(1));
        bus.StopDrained();
    }
}
