using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Journals;
using Engine.Storage.Logs;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Logs;

/// <summary>Durable subscriptions of a journal.</summary>
internal sealed class JournalSubscriptionTests
{
    private readonly ConcurrentQueue<long> _handled = [];
    private readonly ConcurrentQueue<SequenceGap> _gaps = [];
    private readonly ConcurrentQueue<EventLoss> _losses = [];
    private JournalLogUnderTest _journal = null!;
    private StorageDatabase _database = null!;

    [SetUp]
    public void Begin()
    {
        _handled.Clear();
        _journal = new JournalLogUnderTest();
        _database = StorageDatabase.Sqlite(_journal.PathOf("places.db"));
    }

    [TearDown]
    public async Task End()
    {
        await _database.DisposeAsync();
        _journal.Dispose();
    }

    [Test]
    public async Task It_goes_on_where_it_was_over_restarts_and_sessions_of_the_writer()
    {
        _journal.Open();
        _journal.Append<Number>([.. JournalEventsTests.Numbers(0, 37)]);
        await RunUntilAsync(37);
        _journal.Close();
        _journal.Open();
        _journal.Append<Letter>([new Letter(1000)]);
        _journal.Append<Number>([.. JournalEventsTests.Numbers(37, 25)]);
        await ReopenAsync();
        await RunUntilAsync(62);
        Assert.That(_handled, Is.EqualTo(Enumerable.Range(0, 62)), "nothing twice, since all stopped in order");
    }

    [Test]
    public async Task It_begins_at_the_end_unless_it_is_told_and_gets_what_is_written_while_it_runs()
    {
        _journal.Open(frameEvents: 7, segmentBytes: 900);
        _journal.Append<Number>([.. JournalEventsTests.Numbers(0, 20)]);
        using JournalEvents log = _journal.Read();
        DurableSubscription subscription = Subscription(log, StartPoint.End);
        await subscription.PrepareAsync();
        using var stop = new CancellationTokenSource();
        Task run = subscription.RunAsync(Handle, cancellationToken: stop.Token);
        for (int i = 20; i < 320; i += 3)
            _journal.Append<Number>([.. JournalEventsTests.Numbers(i, 3)], flushes: i % 4 == 0);
        _journal.Flush();
        Eventually.IsTrue(() => _handled.Count >= 300 || run.IsCompleted);
        await stop.CancelAsync();
        await run;
        Assert.That(_handled, Is.EqualTo(Enumerable.Range(20, 300)));
        Assert.That(_gaps, Is.Empty);
    }

    [Test]
    public async Task Events_that_an_older_build_recorded_come_in_the_newest_version()
    {
        _journal.Open();
        _journal.Append<GaugeAsItWas>([new GaugeAsItWas(21, 0), new GaugeAsItWas(22, 0)]);
        _journal.Close();
        _journal.Open();
        _journal.Append<GaugeReadV1>([new GaugeReadV1(23, 0)]);
        _journal.Append<GaugeRead>([new GaugeRead(24_500, 3)]);
        using JournalEvents log = _journal.Read();
        var seen = new ConcurrentQueue<GaugeRead>();
        var subscription = new DurableSubscription(
            log, _database, JournalLogUnderTest.Versions, "gauges", ["gauge.read"], Quick(StartPoint.Beginning));
        using var stop = new CancellationTokenSource();
        await subscription.RunAsync(
            (message, _) =>
            {
                Assert.That(message.TryGet(out GaugeRead gauge), Is.True);
                seen.Enqueue(gauge);
                if (seen.Count == 4)
                    stop.Cancel();
                return ValueTask.CompletedTask;
            },
            cancellationToken: stop.Token);
        Assert.That(
            seen,
            Is.EqualTo(new[] { new GaugeRead(21_000, 0), new GaugeRead(22_000, 0), new GaugeRead(23_000, 0), new GaugeRead(24_500, 3) }));
    }

    [Test]
    public async Task What_fails_too_often_is_a_letter_that_can_be_driven_again_and_losses_and_gaps_are_told()
    {
        _journal.Open(frameEvents: 10, segmentBytes: 700);
        _journal.Append<Number>([.. JournalEventsTests.Numbers(0, 40)]);
        _journal.Lose<Number>(2);
        _journal.Append<Number>([.. JournalEventsTests.Numbers(42, 3)]);
        _journal.Journal.Trim(new JournalRetention { BeforeSegment = 2 });
        using JournalEvents log = _journal.Read();
        DurableSubscription subscription = Subscription(log, StartPoint.Beginning);
        bool fails = true;
        using var stop = new CancellationTokenSource();
        Task run = subscription.RunAsync(
            (message, token) => message.TryGet(out Number number) && number.Value == 43 && Volatile.Read(ref fails)
                ? throw new InvalidOperationException("not this one") : Handle(message, token),
            cancellationToken: stop.Token);
        var letters = new SqlDeadLetters(_database);
        while ((await letters.ListAsync()).Count == 0 || !_handled.Contains(44))
            await Task.Delay(1);
        Volatile.Write(ref fails, false);
        RedriveReport report = await new DeadLetterRedriver(letters, subscription.RedriveTarget).RedriveAsync(new DeadLetterFilter());
        await stop.CancelAsync();
        await run;
        long first = _handled.First();
        Assert.That(report.Delivered, Is.EqualTo(1));
        Assert.That(first, Is.GreaterThan(0));
        Assert.That(_handled, Is.EquivalentTo(Enumerable.Range((int)first, 40 - (int)first).Concat([42, 43, 44])));
        Assert.That(_gaps.Single().From, Is.EqualTo(1 << 20));
        Assert.That(_losses.Single(), Is.EqualTo(new EventLoss("test.number", "p", 40, 2, _losses.Single().Before)));
    }

    [Test]
    public async Task A_place_is_not_taken_over_into_another_journal()
    {
        _journal.Open();
        _journal.Append<Number>([.. JournalEventsTests.Numbers(0, 3)]);
        await RunUntilAsync(3);
        _journal.Close();
        Directory.Delete(_journal.Path, recursive: true);
        _journal.Open();
        _journal.Append<Number>([.. JournalEventsTests.Numbers(0, 3)]);
        using JournalEvents log = _journal.Read();
        StorageException error = Assert.ThrowsAsync<StorageException>(
            () => Subscription(log, StartPoint.Beginning).RunAsync(Handle))!;
        Assert.That(error.Message, Does.Contain("another"));
    }

    private static DurableSubscriptionOptions Quick(StartPoint start) => new()
    {
        Start = start,
        CheckpointInterval = TimeSpan.FromMilliseconds(20),
        Retry = new RetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) },
    };

    private DurableSubscription Subscription(JournalEvents log, StartPoint start) => new(
        log, _database, JournalLogUnderTest.Versions, "numbers", ["test.number"],
        Quick(start) with { OnGap = _gaps.Enqueue, OnLoss = _losses.Enqueue });

    private ValueTask Handle(EventMessage message, CancellationToken cancellationToken)
    {
        if (message.TryGet(out Number number))
            _handled.Enqueue(number.Value);
        return ValueTask.CompletedTask;
    }

    private async Task ReopenAsync()
    {
        await _database.DisposeAsync();
        _database = StorageDatabase.Sqlite(_journal.PathOf("places.db"));
    }

    private async Task RunUntilAsync(int count)
    {
        using JournalEvents log = _journal.Read();
        using var stop = new CancellationTokenSource();
        Task run = Subscription(log, StartPoint.Beginning).RunAsync(Handle, cancellationToken: stop.Token);
        Eventually.IsTrue(() => _handled.Count >= count || run.IsCompleted);
        await stop.CancelAsync();
        await run;
    }
}
