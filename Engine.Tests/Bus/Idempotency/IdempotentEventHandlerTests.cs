using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Idempotency;

public class IdempotentEventHandlerTests
{
    private static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);

    private readonly Guid _id = Guid.NewGuid();
    private ManualTime _time = null!;
    private InMemoryIdempotencyStore _store = null!;

    [SetUp]
    public void Begin()
    {
        _time = new ManualTime();
        _store = new InMemoryIdempotencyStore(timeProvider: _time);
    }

    [Test]
    public void A_duplicate_runs_no_time()
    {
        var inner = new Handler();
        IdempotentEventHandler<OrderCreated> handler = Wrap(inner);
        inner.Gate.SetResult();
        for (int i = 0; i < 3; i++)
            Assert.That(Handle(handler).IsCompletedSuccessfully, Is.True);
        Assert.That((inner.Runs, handler.DuplicateCount), Is.EqualTo((1, 2L)));
    }

    [Test]
    public void A_failure_comes_out_and_frees_the_event()
    {
        var inner = new Handler();
        IdempotentEventHandler<OrderCreated> handler = Wrap(inner);
        inner.Gate.SetException(new InvalidOperationException("no stock"));
        for (int i = 1; i <= 2; i++)
        {
            Assert.That(async () => await Handle(handler), Throws.InvalidOperationException.With.Message.EqualTo("no stock"));
            Assert.That((inner.Runs, handler.DuplicateCount), Is.EqualTo((i, 0L)));
        }
    }

    [Test]
    public void A_duplicate_waits_for_the_attempt_in_flight_and_runs_only_if_it_fails([Values] bool fails)
    {
        var inner = new Handler();
        IdempotentEventHandler<OrderCreated> handler = Wrap(inner);
        Task first = Handle(handler);
        Task duplicate = Handle(handler);
        _time.Advance(Recheck * 10);
        Assert.That((inner.Runs, duplicate.IsCompleted), Is.EqualTo((1, false)));
        TaskCompletionSource gate = inner.Gate;
        inner.Gate = new TaskCompletionSource();
        inner.Gate.SetResult();
        if (fails)
            gate.SetException(new InvalidOperationException());
        else
            gate.SetResult();
        Assert.That(async () => await first, fails ? Throws.InvalidOperationException : Throws.Nothing);
        Advance(() => duplicate.IsCompleted);
        Assert.That(
            (duplicate.IsCompletedSuccessfully, inner.Runs, handler.DuplicateCount), Is.EqualTo(fails ? (true, 2, 0L) : (true, 1, 1L)));
    }

    [Test]
    public void A_crashed_attempt_is_taken_over_after_its_lease()
    {
        _ = _store.TryClaimAsync(new IdempotencyKey("orders", _id), TimeSpan.FromSeconds(3)).AsTask().Result;
        var inner = new Handler();
        inner.Gate.SetResult();
        DateTimeOffset start = _time.GetUtcNow();
        Task next = Handle(Wrap(inner));
        Advance(() => next.IsCompleted);
        Assert.That((inner.Runs, _time.GetUtcNow() - start), Is.EqualTo((1, TimeSpan.FromSeconds(3))));
    }

    [Test]
    public void A_cancelled_duplicate_ends_without_running()
    {
        var inner = new Handler();
        IdempotentEventHandler<OrderCreated> handler = Wrap(inner);
        Task first = Handle(handler);
        using var source = new CancellationTokenSource();
        Task duplicate = Handle(handler, source.Token);
        source.Cancel();
        Assert.That(async () => await duplicate, Throws.InstanceOf<OperationCanceledException>());
        inner.Gate.SetResult();
        Assert.That(async () => await first, Throws.Nothing);
        Assert.That(inner.Runs, Is.EqualTo(1));
    }

    [Test]
    public void A_cancelled_handler_frees_the_event()
    {
        var inner = new Handler();
        IdempotentEventHandler<OrderCreated> handler = Wrap(inner);
        inner.Gate.SetCanceled();
        Assert.That(async () => await Handle(handler), Throws.InstanceOf<OperationCanceledException>());
        inner.Gate = new TaskCompletionSource();
        inner.Gate.SetResult();
        Assert.That(async () => await Handle(handler), Throws.Nothing);
        Assert.That(inner.Runs, Is.EqualTo(2));
    }

    private IdempotentEventHandler<OrderCreated> Wrap(IAsyncBusHandler<OrderCreated> inner) =>
        new(inner, new IdempotencyOptions { Subscription = "orders", Store = _store, RecheckDelay = Recheck, TimeProvider = _time });

    // The context lives for as long as the task: the test does not publish again on this thread before that.
    private Task Handle(IdempotentEventHandler<OrderCreated> handler, CancellationToken token = default)
    {
        Task? task = null;
        var bus = new EventBus();
        bus.Subscribe<OrderCreated>(
            (in OrderCreated order, EventContext context) => task = handler.HandleAsync(order, context, token).AsTask());
        bus.Publish(new OrderCreated(1), new EventIds { Id = _id });
        return task!;
    }

    private void Advance(Func<bool> until) => Eventually.IsTrue(() =>
    {
        if (_time.PendingTimerCount > 0)
            _time.Advance(Recheck);
        return until();
    });

    private sealed class Handler : IAsyncBusHandler<OrderCreated>
    {
        public TaskCompletionSource Gate { get; set; } = new();

        public int Runs { get; private set; }

        public async ValueTask HandleAsync(OrderCreated @event, EventContext context, CancellationToken cancellationToken)
        {
            Runs++;
            await Gate.Task;
        }
    }
}
