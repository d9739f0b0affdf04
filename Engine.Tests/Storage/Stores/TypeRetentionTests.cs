using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class TypeRetentionTests(StorageKind kind)
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
    public async Task Events_are_kept_as_long_as_their_type_may_be_and_their_places_stay()
    {
        StoredEvent status = Event("node.status", "\"first\"");
        await _store.AppendAsync(status);
        await _store.AppendAsync(Many(250, "node.metrics"));
        await _store.AppendAsync(Event("node.log", "\"last\""));
        var retention = new EventRetention
        {
            ByType = [new TypeRetention("node.metrics", TimeSpan.FromDays(1)), new TypeRetention("node.*", TimeSpan.FromDays(30))],
        };
        _time.Advance(TimeSpan.FromDays(1));
        Assert.That((await _store.TrimAsync(retention)).Erased, Is.Zero, "not older than they may be");
        _time.Advance(TimeSpan.FromTicks(1));
        TrimReport report = await _store.TrimAsync(retention);
        Assert.That((report.Events, report.FirstSequence, report.Erased), Is.EqualTo((0L, 1L, 250L)));
        EventPage page = await _store.ReadPageAsync(1);
        Assert.That(page.Events.Count(static item => item.IsErased), Is.EqualTo(250));
        Assert.That(page.Events.Where(static item => !item.IsErased).Select(static item => item.EventType),
            Is.EqualTo(new[] { "node.status", "node.log" }));
        Assert.That(page.Gap, Is.Null, "places have no holes");
        Assert.That((await _store.GetStatisticsAsync()).DataBytes, Is.EqualTo(7 + 6));
        Assert.That((await _store.TrimAsync(retention)).Erased, Is.Zero);
        Assert.That((await _store.GetAsync(page.Events[1].Id))!.IsErased, Is.True, "nor does the cache remember");

        await _store.AppendAsync(Event("node.metrics", "\"new\""));
        _time.Advance(TimeSpan.FromDays(30));
        report = await _store.TrimAsync(retention);
        Assert.That((report.Events, report.FirstSequence), Is.EqualTo((253L, 254L)), "everything up to what is kept goes as a prefix");
    }

    [Test]
    public async Task Damaged_rows_are_erased_by_their_id_and_by_their_age()
    {
        StoredEvent[] items = [Event("other.thing"), .. Many(3)];
        await _store.AppendAsync(items);
        await _store.Database.WriteAsync("test", static session => session.Execute(
            "UPDATE events SET data = @data, metadata = 'no JSON' WHERE sequence IN (2, 3)",
            ("data", new ReadOnlyMemory<byte>("{}"u8.ToArray()))));
        await _store.DeleteAsync(items[1].Id, "me", "asked for");
        var store = new SqlEventStore(_store.Database);
        Assert.That((await store.GetBySequenceAsync(2))!.IsErased, Is.True);
        _time.Advance(TimeSpan.FromHours(1));
        var retention = new EventRetention { ByType = [new TypeRetention("order.*", TimeSpan.FromMinutes(1))] };
        Assert.That((await store.TrimAsync(retention)).Erased, Is.EqualTo(2), "the damaged one holds up nothing");
        Assert.That(
            (await store.ReadPageAsync(1)).Events.Select(static item => item.IsErased), Is.EqualTo(new[] { false, true, true, true }));
    }

    [Test]
    public void A_type_s_age_must_be_one_and_its_name_a_pattern()
    {
        Assert.That(
            async () => await _store.TrimAsync(new EventRetention { ByType = [new TypeRetention("a", TimeSpan.FromTicks(-1))] }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("\"a\""));
        Assert.That(
            async () => await _store.TrimAsync(new EventRetention { ByType = [new TypeRetention("a..b", TimeSpan.Zero)] }),
            Throws.InstanceOf<FormatException>());
    }
}
