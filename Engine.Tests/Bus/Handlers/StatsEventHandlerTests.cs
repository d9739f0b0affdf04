using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Handlers;

[NonParallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class StatsEventHandlerTests
{
    private static readonly OrderCreated Event = new(1);
    private readonly ManualTime _time = new();
    private readonly EventContext _context = new();

    [Test]
    public void Nothing_has_happened_at_first() =>
        Assert.That(
            new StatsEventHandler<OrderCreated>(Handler(static _ => { })).GetStatistics(),
            Is.EqualTo(new HandlerStatistics(0, 0, 0, 0, DurationDistribution.Empty, 0)));

    [Test]
    public void Successes_failures_and_cancellations_are_told_apart()
    {
        var handler = new StatsEventHandler<OrderCreated>(Handler(static e => Throw(e.Number)), _time);
        for (int number = 0; number < 9; number++)
            Call(number);
        HandlerStatistics statistics = handler.GetStatistics();
        Assert.That(
            (statistics.Processed, statistics.Succeeded, statistics.Failed, statistics.Cancelled, statistics.Retried),
            Is.EqualTo((9L, 3L, 3L, 3L, 0L)));

        void Call(int number)
        {
            try
            {
                handler.Handle(new OrderCreated(number), _context);
                Assert.That(number % 3, Is.Zero, "What the handler throws comes through.");
            }
            catch (Exception exception) when (exception is FormatException or OperationCanceledException)
            {
                Assert.That(number % 3, Is.Not.Zero);
            }
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Asynchronous_ones_too_whether_they_end_at_once_or_later(bool later)
    {
        var handler = new StatsEventHandler<OrderCreated>(
            BusHandler.CreateAsync<OrderCreated>((e, _, token) => Run(e, token, later)), _time);
        using var cancellation = new CancellationTokenSource();
        await handler.HandleAsync(Event, _context, cancellation.Token);
        Assert.That(async () => await handler.HandleAsync(
            new OrderCreated(-1), _context, cancellation.Token), Throws.InstanceOf<FormatException>());
        Assert.That(
            async () => await handler.HandleAsync(new OrderCreated(-2), _context, cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>(), "a time limit of its own, which is a failure");
        cancellation.Cancel();
        Assert.That(
            async () => await handler.HandleAsync(Event, _context, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        HandlerStatistics statistics = handler.GetStatistics();
        Assert.That((statistics.Processed, statistics.Succeeded, statistics.Failed, statistics.Cancelled), Is.EqualTo((4L, 1L, 2L, 1L)));

        static ValueTask Run(OrderCreated e, CancellationToken token, bool later)
        {
            return later ? Later() : Now();

            async ValueTask Later()
            {
                await Task.Yield();
                await Now();
            }

            ValueTask Now()
            {
                token.ThrowIfCancellationRequested();
                return e.Number switch
                {
                    -1 => throw new FormatException(),
                    -2 => throw new OperationCanceledException(new CancellationToken(canceled: true)),
                    _ => ValueTask.CompletedTask,
                };
            }
        }
    }

    [Test]
    public void Times_are_those_of_the_clock()
    {
        var handler = new StatsEventHandler<OrderCreated>(Handler(e => _time.Advance(TimeSpan.FromMilliseconds(e.Number))), _time);
        for (int i = 1; i <= 100; i++)
            handler.Handle(new OrderCreated(i), _context);
        HandlerStatistics statistics = handler.GetStatistics();
        Assert.That(statistics.MeanNanoseconds, Is.EqualTo(50.5e6));
        Assert.That(statistics.Time.MaxNanoseconds, Is.EqualTo(100_000_000));
        Assert.That(statistics.Time.Count, Is.EqualTo(100));
        Assert.That(statistics.Time.PercentileNanoseconds(0.5), Is.InRange(50e6, 50e6 * 17 / 16));
        Assert.That(statistics.Time.PercentileNanoseconds(0.9), Is.InRange(90e6, 90e6 * 17 / 16));
        Assert.That(statistics.Time.PercentileNanoseconds(0.99), Is.InRange(99e6, 100e6));
    }

    [Test]
    public void Retries_inside_are_counted_and_their_waits_are_part_of_the_time()
    {
        int calls = 0;
        var policy = new RetryOptions { MaxAttempts = 3, MaxDelay = TimeSpan.FromSeconds(1) };
        var retrying = Handler(_ =>
        {
            if (++calls < 3)
                throw new InvalidOperationException();
        }).WithRetry(policy, _time);
        var handler = new StatsEventHandler<OrderCreated>(new StatsEventHandler<OrderCreated>(retrying, _time), _time);
        Task call = handler.HandleAsync(Event, _context, CancellationToken.None).AsTask();
        Eventually.IsTrue(() =>
        {
            if (_time.PendingTimerCount > 0)
                _time.Advance(TimeSpan.FromMilliseconds(100));
            return call.IsCompleted;
        });
        HandlerStatistics statistics = handler.GetStatistics();
        Assert.That((statistics.Succeeded, statistics.Failed, statistics.Retried), Is.EqualTo((1L, 0L, 2L)));
        Assert.That(statistics.Time.MaxNanoseconds, Is.GreaterThanOrEqualTo(300_000_000));
    }

    [Test]
    public void Calls_of_many_threads_are_all_counted()
    {
        // More threads than there are cells, so that some share one.
        const int ThreadCount = 100;
        const int CallCount = 2_000;
        var handler = new StatsEventHandler<OrderCreated>(Handler(static e => Throw(e.Number)));
        using var start = new Barrier(ThreadCount);
        Thread[] workers = [.. Enumerable.Range(0, ThreadCount).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            for (int i = 0; i < CallCount; i++)
                handler.Handle(Event with { Number = 3 * i }, _context);
        }))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            Assert.That(worker.Join(Eventually.HangGuard), Is.True);
        HandlerStatistics statistics = handler.GetStatistics();
        Assert.That(
            (statistics.Succeeded, statistics.Time.Count), Is.EqualTo((ThreadCount * (long)CallCount, ThreadCount * (long)CallCount)));
    }

    [Test]
    public void Counting_allocates_nothing()
    {
        IBusHandler<OrderCreated> handler = Handler(static _ => { }).WithStats(out StatsEventHandler<OrderCreated> counted);
        IAsyncBusHandler<OrderCreated> asyncHandler = Handler(static _ => { })
            .WithRetry(new RetryOptions()).WithStats(out StatsEventHandler<OrderCreated> asyncCounted);
        Assert.That(Allocations.Of(() => handler.Handle(Event, _context)), Is.Zero);
        Assert.That(
            Allocations.Of(() => asyncHandler.HandleAsync(Event, _context, CancellationToken.None)), Is.Zero);
        Assert.That(counted.GetStatistics().Succeeded, Is.EqualTo(asyncCounted.GetStatistics().Succeeded).And.Positive);
    }

    [Test]
    public void Missing_handlers_are_refused()
    {
        Assert.That(static () => new StatsEventHandler<OrderCreated>((IBusHandler<OrderCreated>)null!), Throws.ArgumentNullException);
        Assert.That(static () => new StatsEventHandler<OrderCreated>((IAsyncBusHandler<OrderCreated>)null!), Throws.ArgumentNullException);
        Assert.That(static () => BusHandler.Create<OrderCreated>(null!), Throws.ArgumentNullException);
        Assert.That(static () => BusHandler.CreateAsync<OrderCreated>(null!), Throws.ArgumentNullException);
        Assert.That(static () => BusHandler.CreateAny(null!), Throws.ArgumentNullException);
        Assert.That(static () => BusHandler.CreateAnyAsync(null!), Throws.ArgumentNullException);
    }

    private static IBusHandler<OrderCreated> Handler(Action<OrderCreated> action) =>
        BusHandler.Create((in OrderCreated e, EventContext _) => action(e));

    private static void Throw(int number)
    {
        if (number % 3 == 1)
            throw new FormatException();
        if (number % 3 == 2)
            throw new OperationCanceledException();
    }
}
