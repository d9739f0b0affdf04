using System.Collections;
using Engine.Bus;
using Engine.Storage.Databases;
using Engine.Storage.Stores;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

/// <summary>What holds when two things are done with a store at once, each made to happen at the worst moment.</summary>
[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class EventStoreRaceTests(StorageKind kind)
{
    private DatabaseUnderTest _database = null!;

    [SetUp]
    public void Open() => _database = new DatabaseUnderTest(kind);

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task A_reader_is_told_of_what_is_trimmed_while_it_reads()
    {
        var store = new SqlEventStore(_database.Open());
        await store.AppendAsync(Many(20));
        var filter = new EventFilter { EventTypes = new Meanwhile([EventNamePattern.Parse("order.*")], () => TrimUpTo(10)) };
        EventPage page = await store.ReadPageAsync(3, filter, limit: 5);
        Assert.That((page.Gap, page.Events[0].Sequence), Is.EqualTo(((SequenceGap?)new SequenceGap(3, 10), 11L)));
        Assert.That(page.NextSequence, Is.EqualTo(16));

        filter = filter with { EventTypes = new Meanwhile([EventNamePattern.Parse("order.*")], () => TrimUpTo(20)) };
        page = await store.ReadPageAsync(16, filter);
        Assert.That((page.Gap, page.Events.Count, page.NextSequence), Is.EqualTo(((SequenceGap?)new SequenceGap(16, 20), 0, 21L)));

        void TrimUpTo(long sequence) =>
            store.TrimAsync(new EventRetention { UpTo = sequence }).WaitAsync(Eventually.HangGuard).GetAwaiter().GetResult();
    }

    [Test]
    public async Task Who_waits_for_room_is_refused_when_the_database_is_closed_over_a_write_that_does_not_end()
    {
        StorageDatabase database = _database.Open(options: new DatabaseOptions { MaxPending = 1, CloseTimeout = TimeSpan.Zero });
        await database.InitializeAsync();
        using var begun = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        Task<int> blocker = database.WriteAsync("test", _ =>
        {
            begun.Set();
            gate.Wait();
            return 1;
        }).AsTask();
        Assert.That(begun.Wait(Eventually.HangGuard), Is.True);
        Task<int> pending = database.WriteAsync("pending", static _ => 2).AsTask();
        Task<int>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => database.WriteAsync("waiting", static _ => 3).AsTask())];
        await database.DisposeAsync();
        Assert.ThrowsAsync<StorageException>(() => pending.WaitAsync(Eventually.HangGuard));
        foreach (Task<int> task in waiting)
            Assert.ThrowsAsync<ObjectDisposedException>(() => task.WaitAsync(Eventually.HangGuard));
        gate.Set();
        Assert.That(await blocker.WaitAsync(Eventually.HangGuard), Is.EqualTo(1), "what was being written is");
    }

    /// <summary>A list that does something when it is looked through the first time.</summary>
    private sealed class Meanwhile(EventNamePattern[] patterns, Action action) : IReadOnlyList<EventNamePattern>
    {
        private bool _isDone;

        public int Count => patterns.Length;

        public EventNamePattern this[int index] => patterns[index];

        public IEnumerator<EventNamePattern> GetEnumerator()
        {
            if (!_isDone)
            {
                _isDone = true;
                action();
            }

            return patterns.AsEnumerable().GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
