using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Bus.Messages;
using Engine.Tests.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Idempotency;

public class IdempotentMessageHandlerTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);

    private MessageBench _bench = null!;
    private InMemoryIdempotencyStore _store = null!;
    private int _runs;

    [SetUp]
    public void Begin()
    {
        _bench = new MessageBench(new() { Retry = new() { MaxAttempts = 3 } });
        _store = new InMemoryIdempotencyStore(timeProvider: _bench.Time);
        _runs = 0;
    }

    [Test]
    public async Task A_duplicate_of_a_handled_event_is_skipped()
    {
        IdempotentMessageHandler handler = Wrap(static (_, _) => default);
        PublishTwice();
        EventMessage first = _bench.Take();
        await handler.HandleAsync(first, default);
        Assert.That(first.Ack(), Is.EqualTo(SettlementOutcome.Settled), "the acknowledgement is the pump's");
        await handler.HandleAsync(_bench.Take(), default);
        Assert.That((_runs, handler.DuplicateCount, _bench.Statistics.Skipped), Is.EqualTo((1, 1L, 1L)));
    }

    [Test]
    public async Task A_success_whose_lease_had_expired_is_not_repeated()
    {
        IdempotentMessageHandler handler = Wrap((_, _) =>
        {
            _bench.Time.Advance(Lease);
            return default;
        });
        EventMessage late = _bench.PublishAndTake();
        await handler.HandleAsync(late, default);
        Assert.That(late.Ack(), Is.EqualTo(SettlementOutcome.Stale));
        await handler.HandleAsync(_bench.Take(), default);
        Assert.That((_runs, _bench.Statistics.Skipped), Is.EqualTo((1, 1L)));
    }

    [Test]
    public async Task A_duplicate_of_an_event_in_flight_goes_back_uncounted_and_runs_only_if_the_other_fails([Values] bool fails)
    {
        var gate = new TaskCompletionSource();
        IdempotentMessageHandler handler = Wrap((message, _) => message.Sequence == 1 ? new ValueTask(gate.Task) : default);
        PublishTwice();
        EventMessage first = _bench.Take();
        ValueTask running = handler.HandleAsync(first, default);
        for (int i = 0; i < 5; i++)
        {
            EventMessage duplicate = _bench.Take();
            Assert.That((duplicate.Sequence, duplicate.Attempt), Is.EqualTo((2L, 1)), "no attempt is counted");
            await handler.HandleAsync(duplicate, default);
            Assert.That((_runs, duplicate.Ack(), _bench.IsEmpty), Is.EqualTo((1, SettlementOutcome.AlreadySettled, true)));
            _bench.Time.Advance(Recheck);
        }

        if (fails)
            gate.SetException(new InvalidOperationException("failed"));
        else
            gate.SetResult();
        Assert.That(async () => await running, fails ? Throws.InvalidOperationException : Throws.Nothing);
        await handler.HandleAsync(_bench.Take(), default);
        Assert.That((_runs, handler.DuplicateCount), Is.EqualTo(fails ? (2, 0L) : (1, 1L)));
    }

    [Test]
    public async Task A_handler_that_gives_the_message_back_or_parks_it_has_not_handled_the_event(
        [Values("nack", "release", "park")] string verb)
    {
        IdempotentMessageHandler handler = Wrap((message, token) =>
        {
            SettlementOutcome outcome = verb switch
            {
                "nack" => message.Nack(TimeSpan.Zero),
                "release" => message.Release(),
                _ => message.Park("poison"),
            };
            Assert.That(outcome, Is.EqualTo(SettlementOutcome.Settled));
            return default;
        });
        await handler.HandleAsync(_bench.PublishAndTake(), default);
        if (verb == "park")
            _bench.Subscription.Requeue(_bench.Subscription.GetParked().Single());
        await handler.HandleAsync(_bench.Take(), default);
        Assert.That((_runs, handler.DuplicateCount), Is.EqualTo((2, 0L)));
    }

    [Test]
    public void A_handler_that_throws_is_tried_again_by_the_pump_and_handles_once()
    {
        IdempotentMessageHandler handler = Wrap((message, _) => message.Attempt < 3 ? throw new InvalidOperationException() : default);
        using var source = new CancellationTokenSource();
        Task run = _bench.Subscription.RunAsync(handler.HandleAsync, maxConcurrency: 2, source.Token);
        PublishTwice();
        // The clock stands while a handler runs: however long a thread has to wait for its turn, no lease ends.
        Eventually.IsTrue(() =>
        {
            if (_bench.Statistics.InFlight == 0)
                _bench.Time.Advance(Recheck);
            return _bench.Statistics is { Waiting: 0, InFlight: 0 };
        });
        source.Cancel();
        Assert.That(run.Wait(Eventually.HangGuard), Is.True);
        Assert.That(_bench.Statistics, Has.Property("Acked").EqualTo(1).And.Property("Skipped").EqualTo(1).And.Property("Parked").Zero);
    }

    [Test]
    public async Task Two_names_handle_the_event_each()
    {
        await Wrap(static (_, _) => default).HandleAsync(_bench.PublishAndTake(), default);
        var ids = new EventIds { Id = Guid.NewGuid() };
        MessageSubscription other = _bench.Bus.SubscribeMessages<OrderCreated>();
        _bench.Bus.Publish(new OrderCreated(1), ids);
        await Wrap(static (_, _) => default).HandleAsync(_bench.Take(), default);
        Assert.That(other.TryTake(out EventMessage message), Is.True);
        await Wrap(static (_, _) => default, "other").HandleAsync(message, default);
        Assert.That(_runs, Is.EqualTo(3));
    }

    [Test]
    public void Bad_options_are_named()
    {
        static ValueTask Handle(EventMessage message, CancellationToken token) => default;
        Assert.That(() => new IdempotentMessageHandler(Handle, null!), Throws.ArgumentNullException);
        Assert.That(() => new IdempotentMessageHandler(null!, Options("a")), Throws.ArgumentNullException);
        Assert.That(
            () => new IdempotentMessageHandler(Handle, Options(" ")),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("Subscription"));
        Assert.That(() => new IdempotentMessageHandler(Handle, Options("a") with { Store = null! }), Throws.ArgumentNullException);
        Assert.That(
            () => new IdempotentMessageHandler(Handle, Options("a") with { ClaimLease = TimeSpan.Zero }),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("ClaimLease"));
        Assert.That(
            () => new IdempotentMessageHandler(Handle, Options("a") with { RecheckDelay = TimeSpan.Zero }),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("RecheckDelay"));
    }

    private IdempotentMessageHandler Wrap(Func<EventMessage, CancellationToken, ValueTask> inner, string name = "orders") => new(
        (message, token) =>
        {
            Interlocked.Increment(ref _runs);
            return inner(message, token);
        },
        Options(name));

    private IdempotencyOptions Options(string name) =>
        new() { Subscription = name, Store = _store, RecheckDelay = Recheck, TimeProvider = _bench.Time };

    private void PublishTwice()
    {
        var ids = new EventIds { Id = Guid.NewGuid() };
        _bench.Bus.Publish(new OrderCreated(1), ids);
        _bench.Bus.Publish(new OrderCreated(1), ids);
    }
}
