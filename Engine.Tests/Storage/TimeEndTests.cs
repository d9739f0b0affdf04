using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Storage.Facade;
using Engine.Storage.Journals;
using Engine.Storage.Outbox;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage;

/// <summary>Times at their ends: as long as there is keeps everything, and waits for as long as it takes.</summary>
internal sealed class TimeEndTests
{
    private static readonly TimeSpan[] Wrong = [TimeSpan.FromTicks(-1), TimeSpan.FromDays(-30), TimeSpan.MinValue];

    private DatabaseUnderTest _database = null!;
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(StorageKind.Sqlite);
        _folder = new TemporaryFolder();
    }

    [TearDown]
    public async Task Close()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task What_is_kept_for_ever_is_kept()
    {
        StorageDatabase database = _database.Open();
        var letters = new SqlDeadLetters(database, new DeadLetterOptions
        {
            Retention = TimeSpan.MaxValue,
            ResolvedRetention = TimeSpan.MaxValue,
            AlertAge = TimeSpan.MaxValue,
            MaxCount = long.MaxValue,
        });
        await letters.AddAsync(DeadLetter.For(
            Event() with { Sequence = 1 }, "s", 1, "no", null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        Assert.That(await letters.TrimAsync(), Is.Zero);
        Assert.That((await letters.GetStatisticsAsync()).Count, Is.EqualTo(1));
        var outbox = new SqlOutbox(
            database, null, new OutboxOptions { ProcessedRetention = TimeSpan.MaxValue, AlertAge = TimeSpan.MaxValue });
        Assert.That(await outbox.CleanUpAsync(), Is.Zero);
        using var journal = Journal.Open(_folder.PathOf("journal"));
        Assert.That(journal.Trim(new JournalRetention { MaxAge = TimeSpan.MaxValue }).Segments, Is.Zero);
    }

    [Test]
    public void A_flush_waits_for_as_long_as_it_is_told([Values] bool hasLimit)
    {
        using var journal = Journal.Open(_folder.PathOf("journal"));
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        journal.Record<InstructionRetired>(engine);
        engine.Start();
        engine.CreateProducer("vcpu0").GetLane<InstructionRetired>().Publish(new InstructionRetired(4, 0x13, 0));
        engine.StopDrained();
        Assert.That(journal.Flush(hasLimit ? TimeSpan.MaxValue : JournalOptions.NoLimit), Is.True);
        Assert.That(
            () => journal.Flush(TimeSpan.FromMilliseconds(-2)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("timeout"));
    }

    [Test]
    public async Task A_stop_takes_any_time_that_is_none_below_zero()
    {
        await using EventDrivenArchitecture architecture = New();
        await architecture.InitializeAsync();
        foreach (TimeSpan timeout in Wrong)
        {
            Assert.That(
                async () => await architecture.StopAsync(timeout),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("timeout"));
        }

        EventDrivenStopReport report = await architecture.StopAsync(TimeSpan.MaxValue).WaitAsync(Eventually.HangGuard);
        Assert.That((report.Parts, report.Subscribers), Is.EqualTo((Array.Empty<string>(), Array.Empty<Engine.Bus.LeftInQueue>())));
    }

    [Test]
    public async Task A_dispatcher_ends_beside_a_publisher_that_hangs()
    {
        StorageDatabase database = _database.Open();
        var outbox = new SqlOutbox(database, null, new OutboxOptions { CloseTimeout = TimeSpan.Zero });
        await outbox.InitializeAsync();
        using (System.Data.Common.DbConnection connection = outbox.Database.OpenConnection())
        {
            using System.Data.Common.DbTransaction transaction = connection.BeginTransaction();
            outbox.Add(transaction, Event());
            transaction.Commit();
        }

        var publisher = new Hanging();
        var dispatcher = new OutboxDispatcher(outbox, publisher);
        dispatcher.Start();
        await publisher.IsInside.Task.WaitAsync(Eventually.HangGuard);
        await dispatcher.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
        publisher.Gate.SetResult();
    }

    [Test]
    public async Task A_replay_waits_longer_than_timers_count_and_is_cancelled_meanwhile()
    {
        var time = new ManualTime();
        var store = new SqlEventStore(_database.Open(time));
        await store.AppendAsync(Event());
        time.Advance(TimeSpan.FromDays(20));
        await store.AppendAsync(Event());
        using var stop = new CancellationTokenSource();
        int handled = 0;
        ReplayReport report = await store.ReplayAsync(
            new EventFilter(),
            ReplayTarget.To((_, _) =>
            {
                handled++;
                stop.CancelAfter(TimeSpan.FromMilliseconds(20));
                return ValueTask.CompletedTask;
            }),
            new ReplayOptions { Speed = 1e-6, Progress = new Faulty() }, stop.Token).WaitAsync(Eventually.HangGuard);
        Assert.That((handled, report.Failed, report.IsComplete, report.Events), Is.EqualTo((1, 0L, false, 1L)));
    }

    [Test]
    public void Times_stay_within_what_there_is()
    {
        Assert.Multiple(static () =>
        {
            Assert.That(TimeEnds.Before(DateTimeOffset.UnixEpoch, TimeSpan.FromDays(1)), Is.EqualTo(DateTimeOffset.UnixEpoch.AddDays(-1)));
            Assert.That(TimeEnds.Before(DateTimeOffset.UnixEpoch, TimeSpan.MaxValue), Is.EqualTo(DateTimeOffset.MinValue));
            Assert.That(TimeEnds.Before(DateTimeOffset.MinValue, TimeSpan.Zero), Is.EqualTo(DateTimeOffset.MinValue));
            Assert.That(TimeEnds.Before(DateTimeOffset.MaxValue, TimeSpan.MaxValue), Is.EqualTo(DateTimeOffset.MinValue));
            Assert.That(TimeEnds.Waitable(TimeSpan.MaxValue), Is.EqualTo(TimeEnds.LongestWait));
            Assert.That(TimeEnds.Waitable(TimeSpan.FromSeconds(1)), Is.EqualTo(TimeSpan.FromSeconds(1)));
        });
    }

    private EventDrivenArchitecture New()
    {
        var config = new EventDrivenConfig();
        config.Store.Connection = $"Data Source={_folder.PathOf("events.db")}";
        return new EventDrivenArchitecture(config);
    }

    private sealed class Hanging : IOutboxPublisher
    {
        public TaskCompletionSource IsInside { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask PublishAsync(Engine.Storage.Records.StoredEvent @event, CancellationToken cancellationToken)
        {
            IsInside.TrySetResult();
            await Gate.Task;
        }
    }

    private sealed class Faulty : IProgress<ReplayProgress>
    {
        public void Report(ReplayProgress value) => throw new FormatException();
    }
}
