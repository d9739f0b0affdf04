using System.Collections.Concurrent;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Subscriptions;

/// <summary>Several processes that share one subscription: each is a database of its own here, on the same tables.</summary>
[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class SharedSubscriptionTests(StorageKind kind)
{
    private const int Range = 10;

    private DatabaseUnderTest _database = null!;
    private SqlEventStore _store = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(kind);
        _store = new SqlEventStore(_database.Open());
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task Consumers_work_side_by_side_and_each_event_is_handled_once()
    {
        const int Consumers = 3;
        const int Events = 200;
        await _store.AppendAsync(SampleEvents.Many(Events / 2));
        using var stop = new CancellationTokenSource(Eventually.HangGuard);
        var seen = new ConcurrentQueue<long>();
        using var together = new CountdownEvent(Consumers);
        Task[] runs = [.. Enumerable.Range(0, Consumers).Select(_ => Task.Run(() =>
        {
            bool isFirst = true;
            return Consumer().RunAsync(
                (delivery, _) =>
                {
                    // None goes on before all have something: so they are at work at the same time.
                    if (isFirst)
                    {
                        isFirst = false;
                        together.Signal();
                        together.Wait(stop.Token);
                    }

                    seen.Enqueue(delivery.Event.Sequence);
                    return ValueTask.CompletedTask;
                },
                cancellationToken: stop.Token);
        }))];
        await _store.AppendAsync(SampleEvents.Many(Events / 2));
        Eventually.IsTrue(() => Eventually.Result(CheckpointAsync()) == Events);
        await stop.CancelAsync();
        await Task.WhenAll(runs);
        Assert.That(seen, Is.EquivalentTo(Enumerable.Range(1, Events)));
    }

    [Test]
    public async Task What_a_consumer_leaves_is_taken_by_another_from_where_it_was()
    {
        await _store.AppendAsync(SampleEvents.Many(2 * Range));
        var seen = new ConcurrentQueue<long>();
        using (var stop = new CancellationTokenSource())
        {
            await Consumer().RunAsync(
                (delivery, _) =>
                {
                    seen.Enqueue(delivery.Event.Sequence);
                    if (delivery.Event.Sequence == 4)
                        stop.Cancel();
                    return ValueTask.CompletedTask;
                },
                cancellationToken: stop.Token);
        }

        Assert.That(await CheckpointAsync(), Is.EqualTo(4), "the last place before what is not settled");
        using (var stop = new CancellationTokenSource(Eventually.HangGuard))
        {
            await Consumer().RunAsync(
                (delivery, _) =>
                {
                    seen.Enqueue(delivery.Event.Sequence);
                    if (delivery.Event.Sequence == 2 * Range)
                        stop.Cancel();
                    return ValueTask.CompletedTask;
                },
                cancellationToken: stop.Token);
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 2 * Range)));
        Assert.That(await CheckpointAsync(), Is.EqualTo(2 * Range));
    }

    [Test]
    public void Only_what_has_places_without_holes_can_be_shared()
    {
        Assert.That(
            () => new DurableSubscription(_store, "s", ["**"], new DurableSubscriptionOptions { SharedRange = 0 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new DurableSubscription(
                new NoStore(), _store.Database, "s", ["**"], new DurableSubscriptionOptions { SharedRange = 1 }),
            Throws.ArgumentException);
    }

    private async Task<long> CheckpointAsync() =>
        await DurableCheckpoint.ListAsync(_store.Database) is [var only, ..] ? only.Sequence : 0;

    private DurableSubscription Consumer() => new(
        new SqlEventStore(_database.Open(), new EventStoreOptions { PollInterval = TimeSpan.FromMilliseconds(5) }), "shared", ["**"],
        new DurableSubscriptionOptions
        {
            Start = StartPoint.Beginning,
            SharedRange = Range,
            CheckpointInterval = TimeSpan.FromMilliseconds(10),
        });

    private sealed class NoStore : IEventLog
    {
        public ValueTask<EventLogExtent> GetExtentAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask<Engine.Storage.Records.StoredEvent?> GetAsync(Guid id, CancellationToken cancellationToken = default) => default;

        public ValueTask<Engine.Storage.Records.StoredEvent?> GetBySequenceAsync(
            long sequence, CancellationToken cancellationToken = default) => default;

        public ValueTask<EventPage> ReadPageAsync(
            long fromSequence, EventFilter? filter = null, ReadDirection direction = ReadDirection.Forward, int limit = EventPage.MaxLimit,
            CancellationToken cancellationToken = default) => default;

        public ValueTask<long> WaitForTailAsync(long sequence, CancellationToken cancellationToken = default) => default;
    }
}
