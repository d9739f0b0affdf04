using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Handlers;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class RetryEventHandlerTests
{
    private static readonly OrderCreated Event = new(1);
    private readonly ManualTime _time = new();
    private readonly EventContext _context = new();
    private int _calls;

    [TestCase(false)]
    [TestCase(true)]
    public void A_handler_that_fails_twice_succeeds_with_the_third_try(bool isAsync)
    {
        RetryEventHandler<OrderCreated> handler = Failing(isAsync, failures: 2, maxAttempts: 3);
        Task call = Handle(handler);
        Assert.That((call.IsCompleted, _calls), Is.EqualTo((false, 1)));
        AdvanceUntilDone(call);
        Assert.That(call.IsCompletedSuccessfully, Is.True);
        Assert.That((_calls, handler.RetryCount, handler.ExhaustedCount), Is.EqualTo((3, 2L, 0L)));
    }

    [TestCase(false, 1)]
    [TestCase(true, 1)]
    [TestCase(false, 4)]
    [TestCase(true, 4)]
    public void A_handler_that_keeps_failing_is_given_up_and_counted(bool isAsync, int maxAttempts)
    {
        RetryEventHandler<OrderCreated> handler = Failing(isAsync, int.MaxValue, maxAttempts);
        Task call = Handle(handler);
        AdvanceUntilDone(call);
        Assert.That(() => call, Throws.InvalidOperationException.With.Message.EqualTo($"try {maxAttempts}"));
        Assert.That((_calls, handler.RetryCount, handler.ExhaustedCount), Is.EqualTo((maxAttempts, maxAttempts - 1L, 1L)));
    }

    [Test]
    public void Each_try_gets_the_same_event_and_context()
    {
        var seen = new List<(OrderCreated, EventContext)>();
        RetryEventHandler<OrderCreated> handler = BusHandler.Create((in OrderCreated e, EventContext context) =>
        {
            seen.Add((e, context));
            if (seen.Count < 3)
                throw new InvalidOperationException();
        }).WithRetry(Policy(3), _time);
        AdvanceUntilDone(Handle(handler));
        Assert.That(seen, Is.EqualTo(Enumerable.Repeat((Event, _context), 3)));
    }

    [Test]
    public void Cancellation_of_the_last_try_is_not_counted_as_given_up()
    {
        using var cancellation = new CancellationTokenSource();
        RetryEventHandler<OrderCreated> handler = BusHandler.CreateAsync<OrderCreated>((_, _, token) =>
        {
            if (++_calls < 2)
                throw new InvalidOperationException();
            cancellation.Cancel();
            token.ThrowIfCancellationRequested();
            return ValueTask.CompletedTask;
        }).WithRetry(Policy(2), _time);
        Task call = handler.HandleAsync(Event, _context, cancellation.Token).AsTask();
        AdvanceUntilDone(call);
        Assert.That(call.IsCanceled, Is.True);
        Assert.That((handler.RetryCount, handler.ExhaustedCount), Is.EqualTo((1L, 0L)));
    }

    [Test]
    public void What_is_not_worth_a_retry_is_not_counted_as_given_up()
    {
        RetryEventHandler<OrderCreated> handler = BusHandler.Create(
            static (in OrderCreated _, EventContext _) => throw new FormatException()).WithRetry(
                new() { ShouldRetry = static _ => false }, _time);
        Assert.That(() => Handle(handler), Throws.InstanceOf<FormatException>());
        Assert.That((handler.RetryCount, handler.ExhaustedCount), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void Missing_parts_are_refused()
    {
        IBusHandler<OrderCreated> handler = BusHandler.Create(static (in OrderCreated _, EventContext _) => { });
        Assert.That(() => new RetryEventHandler<OrderCreated>((IBusHandler<OrderCreated>)null!, Policy(1)), Throws.ArgumentNullException);
        Assert.That(
            () => new RetryEventHandler<OrderCreated>((IAsyncBusHandler<OrderCreated>)null!, Policy(1)), Throws.ArgumentNullException);
        Assert.That(() => handler.WithRetry(null!), Throws.ArgumentNullException);
    }

    private RetryEventHandler<OrderCreated> Failing(bool isAsync, int failures, int maxAttempts)
    {
        if (!isAsync)
            return BusHandler.Create((in OrderCreated _, EventContext _) => Fail(failures)).WithRetry(Policy(maxAttempts), _time);
        return BusHandler.CreateAsync<OrderCreated>(async (_, _, _) =>
        {
            await Task.Yield();
            Fail(failures);
        }).WithRetry(Policy(maxAttempts), _time);
    }

    private void Fail(int failures)
    {
        if (++_calls <= failures)
            throw new InvalidOperationException($"try {_calls}");
    }

    private Task Handle(RetryEventHandler<OrderCreated> handler)
    {
        Task call = handler.HandleAsync(Event, _context, CancellationToken.None).AsTask();
        Eventually.IsTrue(() => call.IsCompleted || _time.PendingTimerCount == 1);
        return call;
    }

    private void AdvanceUntilDone(Task call) => Eventually.IsTrue(() =>
    {
        if (_time.PendingTimerCount > 0)
            _time.Advance(TimeSpan.FromHours(1));
        return call.IsCompleted;
    });

    private static RetryOptions Policy(int maxAttempts) => new() { MaxAttempts = maxAttempts, MaxDelay = TimeSpan.FromSeconds(1) };
}
