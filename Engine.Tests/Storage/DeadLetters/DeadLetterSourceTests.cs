using System.Text;
using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Storage.Databases;
using Engine.Storage.DeadLetters;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.DeadLetters;

/// <summary>Letters of events that are no messages, and letters that go to files and come back.</summary>
[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class DeadLetterSourceTests(StorageKind kind)
{
    private DatabaseUnderTest _database = null!;
    private StorageDatabase _open = null!;
    private SqlDeadLetters _letters = null!;

    [SetUp]
    public void Open()
    {
        _database = new DatabaseUnderTest(kind);
        _open = _database.Open();
        _letters = new SqlDeadLetters(_open, new DeadLetterOptions { Events = StorageTypes.Events });
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
    public async Task What_a_handler_of_a_bus_gives_up_becomes_a_letter_and_is_driven_again_to_it_alone()
    {
        await using var bus = new EventBus("test", new EventBusOptions());
        using VersionedBus versioned = StorageTypes.Versions.Attach(bus);
        int calls = 0;
        int others = 0;
        bool isBroken = true;
        var handler = new DeadLetterEventHandler<OrderCreated>(
            new Handler(_ =>
            {
                Interlocked.Increment(ref calls);
                if (Volatile.Read(ref isBroken))
                    throw new InvalidOperationException("broken");
            }),
            _letters, "billing", new RetryOptions { MaxAttempts = 2, BaseDelay = TimeSpan.FromMilliseconds(1) });
        BusSubscription subscription = bus.Subscribe(handler);
        bus.Subscribe<OrderCreated>((in _, _) => Interlocked.Increment(ref others));
        bus.Start();
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid() };
        bus.Publish(new OrderCreated(7, "Ada"), ids);
        Eventually.IsTrue(() => handler.LetterCount == 1);
        DeadLetter letter = (await _letters.ListAsync()).Single();
        Assert.That((letter.Event.Id, letter.Event.CorrelationId, letter.Subscription, letter.Failures, letter.ErrorMessage, calls),
            Is.EqualTo((ids.Id, ids.CorrelationId, "billing", 2, "broken", 2)));
        Assert.That(subscription.ErrorCount, Is.Zero);

        var redriver = new DeadLetterRedriver(_letters, handler.RedriveTarget(subscription, versioned));
        Assert.That((await redriver.RedriveAsync(new DeadLetterFilter())).Failed, Is.EqualTo(1));
        Assert.That((await _letters.ListAsync()).Single().Failures, Is.EqualTo(3));
        Volatile.Write(ref isBroken, false);
        Assert.That((await redriver.RedriveAsync(new DeadLetterFilter())).Delivered, Is.EqualTo(1));
        Assert.That((await _letters.ListAsync(), others), Is.EqualTo((Array.Empty<DeadLetter>(), 1)));
        DeadLetterStatistics statistics = await _letters.GetStatisticsAsync();
        Assert.That((statistics.AddedLastMinute, statistics.DeliveredLastMinute), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task An_event_whose_letter_cannot_be_stored_is_an_error_of_the_subscription()
    {
        await using var bus = new EventBus("test", new EventBusOptions());
        var handler = new DeadLetterEventHandler<OrderCreated>(
            new Handler(static _ => throw new InvalidOperationException("broken")), _letters, "billing");
        BusSubscription subscription = bus.Subscribe(handler);
        bus.Start();
        await _open.DisposeAsync();
        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => subscription.ErrorCount == 1);
        Assert.That(handler.LetterCount, Is.Zero);
        Assert.Throws<ArgumentException>(() => _ = new DeadLetterEventHandler<OrderCreated>(
            new Handler(static _ => { }), new SqlDeadLetters(_database.Open()), "billing"));
    }

    [Test]
    public async Task What_a_bus_cannot_read_is_kept_and_taken_in_once_it_can()
    {
        await using var bus = new EventBus("test", new EventBusOptions());
        using VersionedBus older = new EventVersionsBuilder().Add(StorageJson.Default.OrderShipped).Build().Attach(bus);
        older.Receive(new IncomingEvent(new EventVersion("order.created", 1), "{\"Number\":7}"u8.ToArray()));
        older.Receive(new IncomingEvent(new EventVersion("No Name", 0), default));
        Assert.That(await _letters.TakeParkedAsync(older.Parked), Is.EqualTo(2));
        IReadOnlyList<DeadLetter> letters = await _letters.ListAsync();
        Assert.That(letters[0].ErrorMessage, Does.Contain("ParkedUnknownEvent"));
        Assert.That(letters[1].ErrorMessage, Does.Contain("\"No Name\" v0, 0 bytes"));

        int seen = 0;
        await using var newer = new EventBus("newer", new EventBusOptions());
        newer.Subscribe<OrderCreated>((in created, _) => seen += created.Number);
        using VersionedBus versioned = StorageTypes.Versions.Attach(newer);
        RedriveReport report = await new DeadLetterRedriver(_letters, ParkedEventLetters.RedriveTarget(versioned))
            .RedriveAsync(new DeadLetterFilter());
        Assert.That((report.Delivered, report.Failed, seen), Is.EqualTo((1, 1, 7)));
    }

    [Test]
    public async Task Parked_events_stay_where_the_letters_fail()
    {
        await using var bus = new EventBus("test", new EventBusOptions());
        using VersionedBus versioned = StorageTypes.Versions.Attach(bus);
        versioned.Receive(new IncomingEvent(new EventVersion("unknown.event", 1), "{}"u8.ToArray()));
        await _open.DisposeAsync();
        Assert.CatchAsync(() => _letters.TakeParkedAsync(versioned.Parked));
        Assert.That(versioned.Parked.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Exported_lines_come_back_once_and_bad_lines_are_named()
    {
        for (int i = 1; i <= 3; i++)
        {
            await _letters.AddAsync(DeadLetter.For(
                Event(key: "k", data: "{\n \"\u00e4\": 1}") with { Sequence = i }, "billing", i, "no\nline", new FormatException("x"),
                new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero)));
        }

        using var file = new MemoryStream();
        Assert.That(await _letters.ExportAsync(file, new DeadLetterFilter { Subscription = "billing" }), Is.EqualTo(3));
        string lines = Encoding.UTF8.GetString(file.ToArray());
        Assert.That(lines.Count(static c => c == '\n'), Is.EqualTo(3));
        IReadOnlyList<DeadLetter> before = await _letters.ListAsync();
        await _letters.DiscardAsync(new DeadLetterFilter { Ids = [before[1].Id, before[2].Id] }, "test");
        string bad = "{\"topic\":1}\nnull\n\n" + lines.Split('\n')[0].Replace("\"failures\":1", "\"failures\":0", StringComparison.Ordinal);
        using var back = new MemoryStream(Encoding.UTF8.GetBytes(lines + bad));
        DeadLetterImportReport report = await _letters.ImportAsync(back);
        Assert.That((report.Added, report.Known, report.Failed), Is.EqualTo((2L, 1L, 3L)));
        Assert.That(report.Errors.Select(static error => error.Line), Is.EqualTo(new[] { 4, 5, 7 }));
        IReadOnlyList<DeadLetter> after = await _letters.ListAsync();
        DateTimeOffset none = default;
        Assert.That(after.Select(Comparable), Is.EqualTo(before.Select(Comparable)));

        DeadLetter Comparable(DeadLetter letter) =>
            letter with { Id = 0, CreatedAt = none, UpdatedAt = none, NextAttemptAt = none };
    }

    private sealed class Handler(Action<OrderCreated> handle) : IAsyncBusHandler<OrderCreated>
    {
        public ValueTask HandleAsync(OrderCreated @event, EventContext context, CancellationToken cancellationToken)
        {
            handle(@event);
            return ValueTask.CompletedTask;
        }
    }
}
