using System.Text;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.DeadLetters;

[TestFixture(StorageKind.Sqlite)]
[TestFixture(StorageKind.PostgreSql)]
internal sealed class DeadLetterTests(StorageKind kind)
{
    private readonly List<DeadLetterNotice> _notices = [];
    private DatabaseUnderTest _database = null!;
    private ManualTime _time = null!;
    private SqlDeadLetters _letters = null!;

    [SetUp]
    public void Open()
    {
        _notices.Clear();
        _database = new DatabaseUnderTest(kind);
        _time = new ManualTime();
        _letters = NewLetters();
    }

    [TearDown]
    public async Task Close()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    [Test]
    public async Task A_letter_comes_back_as_it_was_given_and_is_renewed_when_it_fails_again()
    {
        DeadLetter given = Letter("billing", 3, sequence: 17);
        await _letters.AddAsync(given);
        DeadLetter letter = (await NewLetters().ListAsync()).Single();
        Assert.That(letter.Event, Is.EqualTo(given.Event));
        Assert.That((letter.Subscription, letter.Failures, letter.ErrorType, letter.ErrorMessage, letter.Fingerprint),
            Is.EqualTo(("billing", 3, typeof(InvalidOperationException).FullName, "no", given.Fingerprint)));
        await _letters.AddAsync(given with { ErrorMessage = "still no" });
        await _letters.AddAsync(given with { Subscription = "shipping" });
        letter = (await _letters.GetAsync(letter.Id))!;
        Assert.That((letter.Failures, letter.ErrorMessage), Is.EqualTo((4, "still no")));
        Assert.That(await _letters.ListAsync(), Has.Count.EqualTo(2));
        Assert.That(_notices.Select(static notice => notice.Kind), Is.All.EqualTo(DeadLetterNoticeKind.Added));
    }

    [Test]
    public void Texts_are_capped_and_errors_of_one_kind_have_one_fingerprint()
    {
        static Exception Thrown(string message)
        {
            try
            {
                throw new InvalidOperationException(message);
            }
            catch (InvalidOperationException error)
            {
                return error;
            }
        }

        DeadLetter one = DeadLetter.For(Event(), "s", 1, new string('x', 10_000), Thrown("a"), default, default);
        DeadLetter two = DeadLetter.For(Event(), "s", 1, "b\0", Thrown("b"), default, default);
        Assert.That((one.ErrorMessage.Length, two.ErrorMessage), Is.EqualTo((4096, "b ")));
        Assert.That(one.Fingerprint, Is.EqualTo(two.Fingerprint));
        Assert.That(
            DeadLetter.For(Event("other"), "s", 1, "b", Thrown("b"), default, default).Fingerprint, Is.Not.EqualTo(one.Fingerprint));
    }

    [Test]
    public async Task Letters_are_driven_again_in_order_to_their_own_subscription_only()
    {
        foreach (int sequence in (int[])[3, 1, 2])
            await _letters.AddAsync(Letter("billing", 1, sequence));
        await _letters.AddAsync(Letter("shipping", 1, 4));
        var seen = new List<(long Sequence, int Attempt)>();
        var redriver = new DeadLetterRedriver(_letters, RedriveTarget.To("billing", (item, attempt, _) =>
        {
            seen.Add((item.Sequence, attempt));
            return item.Sequence == 2 ? throw new InvalidOperationException("again") : ValueTask.CompletedTask;
        }));
        Assert.That(await redriver.RedriveAsync(new DeadLetterFilter(), isDryRun: true), Is.EqualTo(new RedriveReport(4, 0, 0, 1, 0)));
        Assert.That(seen, Is.Empty);
        Assert.That(await redriver.RedriveAsync(new DeadLetterFilter()), Is.EqualTo(new RedriveReport(4, 2, 1, 1, 0)));
        Assert.That(seen, Is.EqualTo(new[] { (1L, 2), (2L, 2), (3L, 2) }));
        IReadOnlyList<DeadLetter> left = await _letters.ListAsync();
        Assert.That(left.Select(static letter => (letter.Event.Sequence, letter.Failures, letter.ReplayCount)),
            Is.EquivalentTo(new[] { (2L, 2, 1), (4L, 1, 0) }));
        Assert.That(left.Single(static letter => letter.Event.Sequence == 2).ErrorMessage, Is.EqualTo("again"));
    }

    [Test]
    public async Task Filters_and_limits_choose_what_is_driven_again()
    {
        for (int i = 1; i <= 5; i++)
            await _letters.AddAsync(Letter(i % 2 == 0 ? "even" : "odd", 1, i));
        var seen = new List<long>();
        ValueTask Take(StoredEvent item, int attempt, CancellationToken token)
        {
            seen.Add(item.Sequence);
            return ValueTask.CompletedTask;
        }

        var redriver = new DeadLetterRedriver(_letters, RedriveTarget.To("even", Take), RedriveTarget.To("odd", Take));
        await redriver.RedriveAsync(new DeadLetterFilter { Subscription = "odd" }, limit: 2);
        Assert.That(seen, Is.EqualTo(new[] { 1, 3 }));
        long id = (await _letters.ListAsync(new DeadLetterFilter { Subscription = "even" }))[1].Id;
        await redriver.RedriveAsync(new DeadLetterFilter { Ids = [id] });
        Assert.That(seen, Is.EqualTo(new[] { 1, 3, 4 }));
        Assert.Throws<ArgumentException>(
            () => _ = new DeadLetterRedriver(_letters, RedriveTarget.To("a", Take), RedriveTarget.To("a", Take)));
    }

    [Test]
    public async Task A_letter_that_fails_too_often_is_exhausted_and_that_is_told()
    {
        await _letters.AddAsync(Letter("billing", 1));
        var redriver = new DeadLetterRedriver(
            _letters, RedriveTarget.To("billing", static (_, _, _) => throw new InvalidOperationException("no")));
        Assert.That((await redriver.ProcessAsync(3)).Matched, Is.Zero, "its time has not come");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await redriver.ProcessAsync(3)).Failed, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await redriver.ProcessAsync(3), Is.EqualTo(new RedriveReport(1, 0, 1, 0, 1)));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.That((await redriver.ProcessAsync(3)).Matched, Is.Zero);
        Assert.That((await _letters.ListAsync()).Single().Status, Is.EqualTo(DeadLetterStatus.Exhausted));
        Assert.That(_notices.Count(static notice => notice.Kind == DeadLetterNoticeKind.Exhausted), Is.EqualTo(1));
        await _letters.AddAsync(Letter("billing", 5, 2));
        Assert.That((await redriver.ProcessAsync(3)).Exhausted, Is.EqualTo(1), "one past the limit from the start is not passed over");
    }

    [Test]
    public async Task Two_processors_never_have_the_same_letter()
    {
        for (int i = 0; i < 60; i++)
            await _letters.AddAsync(Letter("billing", 1, i));
        var seen = new System.Collections.Concurrent.ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var redriver = new DeadLetterRedriver(NewLetters(), RedriveTarget.To("billing", (item, _, _) =>
            {
                seen.Add(item.Sequence);
                return ValueTask.CompletedTask;
            }));
            await redriver.RedriveAsync(new DeadLetterFilter(), limit: 40);
        })));
        Assert.That(seen.Order(), Is.EqualTo(Enumerable.Range(0, 60)));
        Assert.That(await _letters.ListAsync(), Is.Empty);
    }

    [Test]
    public async Task A_parked_message_becomes_a_letter_and_is_driven_again_to_its_acknowledgement()
    {
        EventBus bus = Buses.Started();
        using VersionedBus versioned = StorageTypes.Versions.Attach(bus);
        var options = new MessageSubscriptionOptions
        {
            Name = "billing",
            ParkedStore = _letters,
            Retry = new RetryOptions { MaxAttempts = 1 },
        };
        await using MessageSubscription subscription = bus.SubscribeMessages("order.**", options);
        bool fails = true;
        var handled = new List<(Guid Id, int Number)>();
        using var stop = new CancellationTokenSource();
        Task consumer = subscription.RunAsync(
            (EventMessage message) =>
            {
                if (Volatile.Read(ref fails))
                    throw new InvalidOperationException("no stock");
                Assert.That(message.TryGet<OrderCreated>(out OrderCreated? order), Is.True);
                handled.Add((message.Id, order!.Number));
            },
            cancellationToken: stop.Token);
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), Details = new EventDetails { Key = "order-7" } };
        bus.Publish(new OrderCreated(7), ids);
        Eventually.IsTrue(() => subscription.GetStatistics().Stored == 1);
        DeadLetter letter = (await _letters.ListAsync()).Single();
        Assert.That((letter.Event.Id, letter.Event.CorrelationId, letter.Event.Key, letter.Subscription, letter.ErrorMessage),
            Is.EqualTo((ids.Id, ids.CorrelationId, "order-7", "billing", "no stock")));

        var redriver = new DeadLetterRedriver(_letters, RedriveTarget.To(subscription, versioned));
        Assert.That((await redriver.RedriveAsync(new DeadLetterFilter())).Failed, Is.EqualTo(1));
        Assert.That((await _letters.ListAsync()).Single().Failures, Is.EqualTo(2));
        Volatile.Write(ref fails, false);
        Assert.That((await redriver.RedriveAsync(new DeadLetterFilter())).Delivered, Is.EqualTo(1));
        Assert.That(handled, Is.EqualTo(new[] { (ids.Id, 7) }));
        Assert.That(await _letters.ListAsync(), Is.Empty);
        await stop.CancelAsync();
        await consumer;
        bus.StopDrained();
    }

    [Test]
    public async Task A_message_stays_in_its_queue_while_its_letter_cannot_be_written()
    {
        EventBus bus = Buses.Started();
        var time = new ManualTime();
        var options = new MessageSubscriptionOptions
        {
            ParkedStore = _letters,
            Retry = new RetryOptions { MaxAttempts = 1 },
            TimeProvider = time,
        };
        await using MessageSubscription subscription = bus.SubscribeMessages("**", options);
        // Nothing here encodes this type.
        bus.Publish(new Number(1));
        Assert.That(subscription.TryTake(out EventMessage message), Is.True);
        message.Nack(new InvalidOperationException("no"));
        Eventually.IsTrue(() => subscription.GetStatistics().StoreFailures == 1);
        Assert.That((subscription.GetStatistics().Waiting, subscription.GetStatistics().Stored), Is.EqualTo((1L, 0L)));
    }

    [Test]
    public async Task An_answer_that_does_not_come_leaves_the_letter()
    {
        EventBus bus = Buses.Started();
        using VersionedBus versioned = StorageTypes.Versions.Attach(bus);
        var options = new MessageSubscriptionOptions { Name = "billing" };
        await using MessageSubscription subscription = bus.SubscribeMessages("order.**", options);
        SqlDeadLetters letters = NewLetters(new DeadLetterOptions { DeliveryTimeout = TimeSpan.FromMilliseconds(1) });
        StoredEvent item = StorageTypes.Events.Create(new OrderCreated(1));
        await letters.AddAsync(DeadLetter.For(item, "billing", 1, "no", null, default, default));
        var redriver = new DeadLetterRedriver(letters, RedriveTarget.To(subscription, versioned));
        Assert.That(await redriver.RedriveAsync(new DeadLetterFilter()), Is.EqualTo(new RedriveReport(1, 0, 0, 1, 0)));
        Assert.That(await letters.ListAsync(), Has.Count.EqualTo(1));
        await bus.StopAsync(TimeSpan.Zero);
    }

    [Test]
    public async Task Letters_are_counted_discarded_and_trimmed()
    {
        SqlDeadLetters letters = NewLetters(new DeadLetterOptions { MaxCount = 3, AlertCount = 2 });
        for (int i = 1; i <= 6; i++)
            await letters.AddAsync(Letter(i == 1 ? "shipping" : "billing", 1, i));
        DeadLetterStatistics statistics = await letters.GetStatisticsAsync();
        Assert.That((statistics.Count, statistics.IsAlert, statistics.CountByTopic["order.created"]), Is.EqualTo((6L, true, 6L)));
        Assert.That((await letters.CountAsync())[0], Is.EqualTo(
            new DeadLetterGroup("order.created", "billing", Letter("billing", 1).Fingerprint, 5)));
        Assert.That(await letters.DiscardAsync(new DeadLetterFilter { Subscription = "shipping" }, "test"), Is.EqualTo(1));
        Assert.That(await letters.TrimAsync(), Is.EqualTo(2));
        Assert.That((await letters.ListAsync()).Select(static letter => letter.Event.Sequence), Is.EqualTo(new[] { 4, 5, 6 }));
        _time.Advance(TimeSpan.FromDays(31));
        Assert.That(await letters.TrimAsync(), Is.EqualTo(3));
        statistics = await letters.GetStatisticsAsync();
        Assert.That((statistics.Count, statistics.Trimmed, statistics.Discarded), Is.EqualTo((0L, 5L, 1L)));
    }

    [Test]
    public async Task Letters_from_elsewhere_may_be_counted_up_to_the_end_and_have_odd_texts()
    {
        using var file = new MemoryStream();
        await _letters.AddAsync(Letter("billing", 3));
        await _letters.ExportAsync(file);
        string line = Encoding.UTF8.GetString(file.ToArray())
            .Replace("\"failures\":3", "\"failures\":2147483647", StringComparison.Ordinal)
            .Replace("\"replay_count\":0", "\"replay_count\":2147483647", StringComparison.Ordinal)
            .Replace("\"error_msg\":\"no\"", "\"error_msg\":null,\"stack\":\"a\\u0000b\"", StringComparison.Ordinal);
        await _letters.DiscardAsync(new DeadLetterFilter(), "test");
        using var back = new MemoryStream(Encoding.UTF8.GetBytes(line));
        Assert.That((await _letters.ImportAsync(back)).Added, Is.EqualTo(1));
        DeadLetter letter = (await _letters.ListAsync()).Single();
        Assert.That((letter.ErrorMessage, letter.Stack), Is.EqualTo(("", "a b")));
        int attempt = 0;
        var redriver = new DeadLetterRedriver(_letters, RedriveTarget.To("billing", (_, number, _) =>
        {
            attempt = number;
            throw new InvalidOperationException("still no");
        }));
        Assert.That((await redriver.RedriveAsync(new DeadLetterFilter())).Failed, Is.EqualTo(1));
        await _letters.AddAsync(letter);
        letter = (await _letters.ListAsync()).Single();
        Assert.That((attempt, letter.Failures, letter.ReplayCount), Is.EqualTo((int.MaxValue, int.MaxValue, int.MaxValue)));
    }

    private static DeadLetter Letter(string subscription, int failures, long sequence = 1) => DeadLetter.For(
        Event() with { Sequence = sequence }, subscription, failures, "no", new InvalidOperationException("no"),
        new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 1, 0, 0, 1, TimeSpan.Zero));

    private SqlDeadLetters NewLetters(DeadLetterOptions? options = null) => new(
        _database.Open(_time), (options ?? new DeadLetterOptions()) with { Events = StorageTypes.Events, OnNotice = Note });

    private void Note(DeadLetterNotice notice)
    {
        lock (_notices)
            _notices.Add(notice);
    }
}
