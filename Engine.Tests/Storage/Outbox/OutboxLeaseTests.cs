using Engine.Storage.DeadLetters;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Outbox;

/// <summary>Rows that somebody publishes without a dispatcher.</summary>
[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class OutboxLeaseTests(StorageKind kind)
{
    private DatabaseUnderTest _database = null!;
    private ManualTime _time = null!;
    private SqlOutbox _outbox = null!;
    private SqlDeadLetters _letters = null!;

    [SetUp]
    public async Task Open()
    {
        _database = new DatabaseUnderTest(kind);
        _time = new ManualTime();
        var database = _database.Open(_time);
        _letters = new SqlDeadLetters(database);
        _outbox = new SqlOutbox(database, null, new OutboxOptions { MaxAttempts = 2, DeadLetters = _letters, AlertCount = 2 });
        await _outbox.InitializeAsync();
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task Rows_are_marked_by_who_has_them_and_by_nobody_else()
    {
        StoredEvent[] items = [Event(key: "a"), Event(key: "a"), Event(key: "b")];
        await AddAsync(items);
        Assert.That((await _outbox.GetStatisticsAsync()).IsAlert, Is.True);
        await using OutboxLease lease = await _outbox.ClaimAsync();
        Assert.That(lease.Entries.Select(static entry => entry.Event.Id), Is.EqualTo(items.Select(static item => item.Id)));
        await using (OutboxLease other = await _outbox.ClaimAsync())
            Assert.That(other.Entries, Is.Empty);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await lease.MarkProcessedAsync(lease.Entries[0].Id), Is.True);
        Assert.That(await lease.MarkProcessedAsync(lease.Entries[0].Id), Is.False, "once");
        Assert.That(await lease.MarkFailedAsync(lease.Entries[1].Id, new string('x', 9999)), Is.EqualTo(OutboxStatus.Failed));
        Assert.That(await lease.MarkFailedAsync(12345, "no"), Is.Null);
        await lease.DisposeAsync();
        OutboxEntry failed = (await _outbox.GetAsync(items[1].Id))!;
        Assert.That((failed.RetryCount, failed.ErrorMessage!.Length, failed.Status), Is.EqualTo((1, 4096, OutboxStatus.Failed)));
        Assert.That((await _outbox.GetAsync(items[2].Id))!.Status, Is.EqualTo(OutboxStatus.Pending), "given back");
        OutboxStatistics statistics = await _outbox.GetStatisticsAsync();
        Assert.That((statistics.PublishedLastMinute, statistics.Pending, statistics.IsAlert), Is.EqualTo((1L, 2L, false)));
        Assert.That(statistics.Lag.Max, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(2)));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await _outbox.GetStatisticsAsync()).PublishedLastMinute, Is.Zero);
    }

    [Test]
    public async Task A_row_that_fails_too_often_is_given_up_as_by_the_dispatcher()
    {
        StoredEvent[] items = [Event(key: "a"), Event(key: "a")];
        await AddAsync(items);
        for (int i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await using OutboxLease lease = await _outbox.ClaimAsync(1);
            Assert.That(await lease.MarkFailedAsync(lease.Entries.Single().Id, "no"),
                Is.EqualTo(i == 0 ? OutboxStatus.Failed : OutboxStatus.Dead));
        }

        Assert.That((await _letters.ListAsync()).Single().Event.Id, Is.EqualTo(items[0].Id));
        OutboxStatistics statistics = await _outbox.GetStatisticsAsync();
        Assert.That((statistics.GivenUp, statistics.IsAlert), Is.EqualTo((1L, true)));
        await using OutboxLease next = await _outbox.ClaimAsync();
        Assert.That(next.Entries.Single().Event.Id, Is.EqualTo(items[1].Id), "its key goes on");
    }

    [Test]
    public async Task A_mark_that_comes_after_others_have_taken_the_row_changes_nothing()
    {
        await AddAsync([Event()]);
        OutboxLease late = await _outbox.ClaimAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await using OutboxLease lease = await _outbox.ClaimAsync();
        Assert.That(await late.MarkProcessedAsync(late.Entries[0].Id), Is.False);
        await late.DisposeAsync();
        Assert.That(await lease.MarkProcessedAsync(lease.Entries[0].Id), Is.True);
    }

    private async Task AddAsync(StoredEvent[] items)
    {
        await using var connection = _outbox.Database.OpenConnection();
        foreach (StoredEvent item in items)
            _outbox.Add(connection, item);
    }
}
