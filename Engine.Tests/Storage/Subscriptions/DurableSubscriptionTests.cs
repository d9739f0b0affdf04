using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Subscriptions;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class DurableSubscriptionTests(StorageKind kind)
{
    private readonly ConcurrentQueue<int> _handled = [];
    private DatabaseUnderTest _database = null!;
    private SqlEventStore _store = null!;

    [SetUp]
    public void Open()
    {
        _handled.Clear();
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
    public async Task It_goes_on_where_it_was_over_a_restart()
    {
        await AppendAsync(1, 10);
        await RunUntilAsync(Subscription(StartPoint.Beginning), 10);
        await AppendAsync(11, 5);
        await RunUntilAsync(Subscription(StartPoint.Beginning), 15);
        Assert.That(_handled, Is.EqualTo(Enumerable.Range(1, 15)), "nothing twice, since both stopped in order");
    }

    [Test]
    public async Task A_new_one_begins_where_it_is_told()
    {
        await AppendAsync(1, 4);
        StoredEvent third = (await _store.GetBySequenceAsync(3))!;
        await RunUntilAsync(Subscription(StartPoint.At(3), name: "sequence"), 2);
        Assert.That(_handled, Is.EqualTo(new[] { 3, 4 }));
        _handled.Clear();
        // How many come before it depends on the clock's steps.
        await RunUntilAsync(Subscription(StartPoint.At(third.RecordedAt), name: "time"), () => _handled.Contains(4));
        Assert.That(_handled, Has.Member(4));
        _handled.Clear();
        DurableSubscription end = Subscription(StartPoint.End, name: "end");
        using var stop = new CancellationTokenSource();
        Task run = end.RunAsync(Handle, cancellationToken: stop.Token);
        Eventually.IsTrue(() => end.IsActive);
        await AppendAsync(5, 1);
        Eventually.IsTrue(() => !_handled.IsEmpty);
        await stop.CancelAsync();
        await run;
        Assert.That(_handled, Is.EqualTo(new[] { 5 }));
    }

    [Test]
    public async Task While_one_fails_those_of_its_key_wait_in_their_order_and_others_go_on()
    {
        foreach (string? key in (string?[])["a", "a", "b", null, "a", "b", null])
            await _store.AppendAsync(SampleEvents.Event(key: key));
        var handled = new ConcurrentQueue<long>();
        int failures = 3;
        var subscription = new DurableSubscription(_store, "keys", ["**"], new DurableSubscriptionOptions
        {
            Start = StartPoint.Beginning,
            Retry = new RetryOptions { MaxAttempts = 10, BaseDelay = TimeSpan.FromMilliseconds(1) },
        });
        using var stop = new CancellationTokenSource();
        await subscription.RunAsync(
            (delivery, _) =>
            {
                if (delivery.Event.Sequence == 1 && Interlocked.Decrement(ref failures) >= 0)
                    throw new InvalidOperationException("not yet");
                handled.Enqueue(delivery.Event.Sequence);
                if (handled.Count == 7)
                    stop.Cancel();
                return ValueTask.CompletedTask;
            },
            maxConcurrency: 4, stop.Token);
        Assert.That(handled, Is.EquivalentTo(Enumerable.Range(1, 7)));
        Assert.That(handled.Where(static sequence => sequence is 1 or 2 or 5), Is.EqualTo(new[] { 1, 2, 5 }));
        Assert.That(handled.Where(static sequence => sequence is 3 or 6), Is.EqualTo(new[] { 3, 6 }));
    }

    [Test]
    public async Task One_that_is_prepared_gets_what_is_appended_before_it_is_run_and_may_take_records()
    {
        await AppendAsync(1, 2);
        var subscription = new DurableSubscription(_store, "records", ["**"]);
        await subscription.PrepareAsync();
        StoredEvent raw = SampleEvents.Event("without.type", "any bytes");
        await _store.AppendAsync(raw);
        await subscription.PrepareAsync();
        using var stop = new CancellationTokenSource();
        var seen = new List<EventDelivery>();
        await subscription.RunAsync(
            (delivery, _) =>
            {
                seen.Add(delivery);
                stop.Cancel();
                return ValueTask.CompletedTask;
            },
            cancellationToken: stop.Token);
        EventDelivery got = seen.Single();
        Assert.That((got.Event.HasSameContentAs(raw), got.Attempt, got.IsReplay), Is.EqualTo((true, 1, false)));
        Assert.Throws<InvalidOperationException>(() => _ = subscription.RunAsync(Handle));
    }

    [Test]
    public async Task History_and_live_events_join_without_gap_or_duplicate()
    {
        await AppendAsync(1, 50);
        long caughtUp = 0;
        var subscription = new DurableSubscription(_store, StorageTypes.Versions, "all", ["order.**"], new DurableSubscriptionOptions
        {
            Start = StartPoint.Beginning,
            Capacity = 7,
            OnCaughtUp = sequence => Interlocked.Add(ref caughtUp, sequence),
        });
        using var stop = new CancellationTokenSource();
        Task run = subscription.RunAsync(Handle, cancellationToken: stop.Token);
        Task[] writers = [.. Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
                await AppendAsync(1000 + (w * 100) + i, 1);
        }))];
        await Task.WhenAll(writers);
        Eventually.IsTrue(() => _handled.Count >= 250 && Interlocked.Read(ref caughtUp) > 0);
        await stop.CancelAsync();
        await run;
        int[] stored = [.. (await _store.ReadPageAsync(1)).Events.Select(static item => NumberOf(item))];
        Assert.That(_handled, Is.EqualTo(stored));
        Assert.That(caughtUp, Is.GreaterThanOrEqualTo(50), "told once, of what was there at the start");
    }

    [Test]
    public async Task Only_what_matches_is_delivered_and_the_rest_is_passed()
    {
        await _store.AppendAsync([.. Enumerable.Range(1, 6).Select(i => i % 2 == 0
            ? StorageTypes.Events.Create(new OrderCreated(i)) : StorageTypes.Events.Create(new OrderShipped(i)))]);
        DurableSubscription subscription = Subscription(StartPoint.Beginning, topics: "order.created");
        await RunUntilAsync(subscription, 3);
        Assert.That(_handled, Is.EqualTo(new[] { 2, 4, 6 }));
        Assert.That(subscription.Position, Is.EqualTo(6));
    }

    [Test]
    public async Task A_failed_event_is_tried_again_and_then_becomes_a_letter_that_can_be_driven_again()
    {
        await AppendAsync(1, 3);
        var letters = new SqlDeadLetters(_store.Database);
        DurableSubscription subscription = Subscription(StartPoint.Beginning);
        int attempts = 0;
        bool fails = true;
        using var stop = new CancellationTokenSource();
        Task run = subscription.RunAsync(
            (message, token) =>
            {
                if (Volatile.Read(ref fails) && message.TryGet<OrderCreated>(out OrderCreated? order) && order.Number == 2)
                {
                    Interlocked.Increment(ref attempts);
                    throw new InvalidOperationException("no stock");
                }

                return Handle(message, token);
            },
            cancellationToken: stop.Token);
        Eventually.IsTrue(() => subscription.Position == 3);
        Assert.That((_handled, attempts), Is.EqualTo((new[] { 1, 3 }, 2)));
        DeadLetter letter = (await letters.ListAsync()).Single();
        Assert.That(letter.Event.HasSameContentAs((await _store.GetBySequenceAsync(2))!), Is.True);
        Assert.That((letter.Event.Sequence, letter.Subscription, letter.Failures), Is.EqualTo((2L, "all", 2)));
        Volatile.Write(ref fails, false);
        RedriveReport report = await new DeadLetterRedriver(letters, subscription.RedriveTarget).RedriveAsync(new DeadLetterFilter());
        Assert.That(report.Delivered, Is.EqualTo(1));
        Assert.That(_handled, Is.EqualTo(new[] { 1, 3, 2 }));
        await stop.CancelAsync();
        await run;
    }

    [Test]
    public async Task What_nothing_here_can_read_becomes_a_letter_and_stops_nobody()
    {
        await AppendAsync(1, 1);
        StoredEvent newer = Event("order.created", "{\"Number\":2}") with { Version = 9 };
        await _store.AppendAsync([newer, Event("order.created", "no json"), Event("order.new")]);
        await AppendAsync(5, 1);
        DurableSubscription subscription = Subscription(StartPoint.Beginning);
        await RunUntilAsync(subscription, 2);
        Assert.That(_handled, Is.EqualTo(new[] { 1, 5 }));
        Assert.That((await new SqlDeadLetters(_store.Database).ListAsync()).Select(static letter => letter.Event.Sequence),
            Is.EqualTo(new[] { 2, 3, 4 }));
    }

    [Test]
    public async Task Erased_events_are_passed_and_trimmed_ones_are_told()
    {
        await AppendAsync(1, 6);
        await _store.DeleteAsync((await _store.GetBySequenceAsync(4))!.Id, "test", "test");
        await _store.TrimAsync(new EventRetention { UpTo = 2 });
        SequenceGap gap = default;
        var subscription = new DurableSubscription(
            _store, StorageTypes.Versions, "all", ["**"],
            new DurableSubscriptionOptions { Start = StartPoint.Beginning, OnGap = found => gap = found });
        await RunUntilAsync(subscription, 3);
        Assert.That(_handled, Is.EqualTo(new[] { 3, 5, 6 }));
        Assert.That(gap, Is.EqualTo(new SequenceGap(1, 2)));
    }

    [Test]
    public async Task One_process_at_a_time_has_it_and_the_next_goes_on()
    {
        await AppendAsync(1, 3);
        var other = new SqlEventStore(_database.Open());
        DurableSubscription first = Subscription(StartPoint.Beginning);
        var second = new DurableSubscription(other, StorageTypes.Versions, "all", ["**"], Quick(StartPoint.Beginning));
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        Task runFirst = first.RunAsync(Handle, cancellationToken: stopFirst.Token);
        Eventually.IsTrue(() => first.Position == 3);
        Task runSecond = second.RunAsync(Handle, cancellationToken: stopSecond.Token);
        await AppendAsync(4, 3);
        Eventually.IsTrue(() => first.Position == 6);
        Assert.That(second.IsActive, Is.False);
        await stopFirst.CancelAsync();
        await runFirst;
        await AppendAsync(7, 3);
        Eventually.IsTrue(() => second.Position == 9);
        await stopSecond.CancelAsync();
        await runSecond;
        Assert.That(_handled, Is.EqualTo(Enumerable.Range(1, 9)));
    }

    [Test]
    public async Task A_replay_gives_the_events_of_a_range_in_order_and_reports()
    {
        await AppendAsync(1, 5);
        DateTimeOffset all = (await _store.GetBySequenceAsync(5))!.RecordedAt.AddTicks(1);
        var seen = new List<long>();
        ReplayTarget target = ReplayTarget.To((item, _) =>
        {
            seen.Add(item.Sequence);
            return item.Sequence == 2 ? throw new InvalidOperationException("no") : ValueTask.CompletedTask;
        });
        ReplayReport report = await _store.ReplayAsync("order.*", DateTimeOffset.UnixEpoch, all, target);
        Assert.That(seen, Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
        Assert.That((report.Events, report.Failed, report.FirstSequence, report.LastSequence, report.NextSequence, report.IsComplete),
            Is.EqualTo((5L, 1L, 1L, 5L, 6L, true)));
        Assert.That(report.Errors.Single().Sequence, Is.EqualTo(2));
        seen.Clear();
        report = await _store.ReplayAsync(new EventFilter(), target, new ReplayOptions { ContinuesAfterError = false });
        Assert.That((seen.Count, report.NextSequence, report.IsComplete), Is.EqualTo((2, 3L, false)));
        report = await _store.ReplayAsync(new EventFilter(), target, new ReplayOptions { FromSequence = report.NextSequence });
        Assert.That((seen.Count, report.IsComplete), Is.EqualTo((5, true)));
        using var cancelled = new CancellationTokenSource();
        seen.Clear();
        report = await _store.ReplayAsync(
            new EventFilter(), ReplayTarget.To((item, _) =>
            {
                seen.Add(item.Sequence);
                cancelled.Cancel();
                return ValueTask.CompletedTask;
            }),
            cancellationToken: cancelled.Token);
        Assert.That((seen.Count, report.NextSequence, report.IsComplete), Is.EqualTo((1, 2L, false)));
    }

    [Test]
    public async Task A_replay_reaches_one_subscription_with_its_old_ids_and_says_that_it_is_one()
    {
        EventBus bus = Buses.Started();
        using Engine.Bus.Versions.VersionedBus versioned = StorageTypes.Versions.Attach(bus);
        var seen = new List<(Guid Id, bool IsReplay)>();
        int others = 0;
        BusSubscription subscription = bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext context) => seen.Add((context.Id, context.IsReplay)));
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => others++);
        await AppendAsync(1, 3);
        await _store.ReplayAsync(new EventFilter(), ReplayTarget.To(versioned, subscription));
        StoredEvent[] stored = [.. (await _store.ReadPageAsync(1)).Events];
        Assert.That(seen, Is.EqualTo(stored.Select(static item => (item.Id, true))));
        Assert.That((others, stored.Length), Is.EqualTo((0, 3)), "nobody else got it, and nothing was stored");
        bus.StopDrained();
    }

    [Test]
    public async Task History_is_newest_first_and_paged()
    {
        await AppendAsync(1, 7);
        Assert.That((await _store.GetHistoryAsync("order.created", 2)).Select(NumberOf), Is.EqualTo(new[] { 7, 6 }));
        HistoryPage page = await _store.GetHistoryAsync(new EventFilter(), limit: 4);
        Assert.That(page.Events.Select(NumberOf), Is.EqualTo(new[] { 7, 6, 5, 4 }));
        page = await _store.GetHistoryAsync(new EventFilter(), page.Cursor, 4);
        Assert.That((page.Events.Count, page.Cursor), Is.EqualTo((3, (long?)null)));
    }

    private static int NumberOf(StoredEvent item) =>
        System.Text.Json.JsonDocument.Parse(item.Data).RootElement.GetProperty("Number").GetInt32();

    private static DurableSubscriptionOptions Quick(StartPoint start) => new()
    {
        Start = start,
        CheckpointInterval = TimeSpan.FromMilliseconds(20),
        Retry = new RetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) },
    };

    private DurableSubscription Subscription(StartPoint start, string name = "all", string topics = "**") =>
        new(_store, StorageTypes.Versions, name, [topics], Quick(start));

    private ValueTask Handle(EventMessage message, CancellationToken cancellationToken)
    {
        if (message.TryGet<OrderCreated>(out OrderCreated? order))
            _handled.Enqueue(order.Number);
        return ValueTask.CompletedTask;
    }

    private async Task AppendAsync(int first, int count)
    {
        foreach (int number in Enumerable.Range(first, count))
            await _store.AppendAsync(StorageTypes.Events.Create(new OrderCreated(number)));
    }

    private Task RunUntilAsync(DurableSubscription subscription, int count) =>
        RunUntilAsync(subscription, () => _handled.Count >= count);

    private async Task RunUntilAsync(DurableSubscription subscription, Func<bool> isDone)
    {
        using var stop = new CancellationTokenSource();
        Task run = subscription.RunAsync(Handle, cancellationToken: stop.Token);
        Eventually.IsTrue(() => isDone() || run.IsCompleted);
        await stop.CancelAsync();
        await run;
    }
}
