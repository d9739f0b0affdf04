using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.FirstHour;

/// <summary>Decorators take synchronous and asynchronous handlers alike, of one type or by name.</summary>
public sealed class DecoratorTests
{
    private static readonly RetryOptions AtOnce = RetryOptions.Retries(3, TimeSpan.FromMilliseconds(1));

    [Test]
    public void Statistics_of_whatever_is_inside()
    {
        var calls = new Calls();
        IBusHandler<Tick> sync = BusHandler.Create<Tick>(calls.Count);
        IAsyncBusHandler<Tick> asynchronous = BusHandler.CreateAsync<Tick>(calls.CountAsync);
        (StatsEventHandler<Tick> Handler, ProcessingMode Mode)[] decorated =
        [
            (new StatsEventHandler<Tick>(sync), ProcessingMode.Sync),
            (new StatsEventHandler<Tick>(asynchronous), ProcessingMode.Async),
            (new StatsEventHandler<Tick>(new RetryEventHandler<Tick>(sync, AtOnce)), ProcessingMode.Async),
            (new StatsEventHandler<Tick>(new StatsEventHandler<Tick>(sync)), ProcessingMode.Sync),
            (new StatsEventHandler<Tick>(new StatsEventHandler<Tick>(asynchronous)), ProcessingMode.Async),
        ];
        EventBus bus = Buses.Started();
        Assert.That(decorated.Select(one => bus.Subscribe(one.Handler).Mode), Is.EqualTo(decorated.Select(static one => one.Mode)));
        bus.Publish(new Tick(1));
        bus.StopDrained();
        Assert.That(decorated.Select(static one => one.Handler.GetStatistics().Succeeded), Has.All.EqualTo(1));
        Assert.That(calls.Number, Is.EqualTo(decorated.Length));
    }

    [Test]
    public void By_name_too()
    {
        var calls = new Calls();
        IBusAnyHandler sync = BusHandler.CreateAny(_ => calls.Add());
        IAsyncBusAnyHandler asynchronous = BusHandler.CreateAnyAsync(async (_, _) => { await Task.Yield(); calls.Add(); });
        (StatsEventHandler Handler, ProcessingMode Mode)[] decorated =
        [
            (new StatsEventHandler(sync), ProcessingMode.Sync),
            (new StatsEventHandler(asynchronous), ProcessingMode.Async),
            (new StatsEventHandler(new RetryEventHandler(sync, AtOnce)), ProcessingMode.Async),
            (new StatsEventHandler(new StatsEventHandler(asynchronous)), ProcessingMode.Async),
        ];
        EventBus bus = Buses.Started();
        Assert.That(
            decorated.Select(one => bus.Subscribe("clock.tick", one.Handler).Mode), Is.EqualTo(decorated.Select(static one => one.Mode)));
        bus.Publish(new Tick(1));
        bus.StopDrained();
        Assert.That(decorated.Select(static one => one.Handler.GetStatistics().Succeeded), Has.All.EqualTo(1));
        Assert.That(calls.Number, Is.EqualTo(decorated.Length));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Three_retries_are_four_attempts(bool isByName)
    {
        int attempts = 0;
        IBusAnyHandler any = BusHandler.CreateAny(_ => { attempts++; throw new FormatException(); });
        IBusHandler<Tick> typed = BusHandler.Create<Tick>(_ => { attempts++; throw new FormatException(); });
        var byName = new StatsEventHandler(new RetryEventHandler(any, AtOnce));
        var byType = new StatsEventHandler<Tick>(new RetryEventHandler<Tick>(typed, AtOnce));
        EventBus bus = Buses.Started();
        BusSubscription subscription = isByName ? bus.Subscribe("clock.tick", byName) : bus.Subscribe(byType);
        bus.Publish(new Tick(1));
        bus.StopDrained();
        HandlerStatistics statistics = isByName ? byName.GetStatistics() : byType.GetStatistics();
        Assert.That((attempts, statistics.Processed, statistics.Failed, statistics.Retried), Is.EqualTo((4, 1L, 1L, 3L)));
        Assert.That(subscription.ErrorCount, Is.EqualTo(1));
    }

    [Test]
    public void A_retry_decorates_what_counts_an_asynchronous_handler()
    {
        var calls = new Calls();
        var inner = new StatsEventHandler<Tick>(BusHandler.CreateAsync<Tick>(calls.CountAsync));
        var innerByName = new StatsEventHandler(BusHandler.CreateAnyAsync((_, _) => { calls.Add(); return ValueTask.CompletedTask; }));
        EventBus bus = Buses.Started();
        bus.Subscribe(inner.WithRetry(AtOnce));
        bus.Subscribe("clock.tick", new RetryEventHandler(innerByName, AtOnce));
        bus.Publish(new Tick(1));
        bus.StopDrained();
        Assert.That((calls.Number, inner.GetStatistics().Succeeded, innerByName.GetStatistics().Succeeded), Is.EqualTo((2, 1L, 1L)));
    }

    [Test]
    public void What_is_asynchronous_inside_is_not_called_without_waiting()
    {
        var context = new EventContext();
        var typed = new StatsEventHandler<Tick>(BusHandler.CreateAsync<Tick>(_ => Task.CompletedTask));
        var any = new StatsEventHandler(BusHandler.CreateAnyAsync((_, _) => default));
        Assert.That(() => typed.Handle(new Tick(1), context), Throws.InvalidOperationException.With.Message.Contains("HandleAsync"));
        Assert.That(() => any.Handle(new Tick(1), context), Throws.InvalidOperationException.With.Message.Contains("HandleAsync"));
    }

    [Test]
    public void Failures_and_cancellations_of_named_handlers_are_told_apart()
    {
        var handler = new StatsEventHandler(BusHandler.CreateAny(static _ => throw new FormatException()));
        var cancelled = new StatsEventHandler(BusHandler.CreateAnyAsync(static async (_, token) => await Task.Delay(-1, token)));
        using var source = new CancellationTokenSource();
        Assert.That(() => handler.Handle(new Tick(1), new EventContext()), Throws.TypeOf<FormatException>());
        ValueTask call = cancelled.HandleAsync(new Tick(1), new EventContext(), source.Token);
        source.Cancel();
        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((handler.GetStatistics().Failed, cancelled.GetStatistics().Cancelled), Is.EqualTo((1L, 1L)));
    }

    [TestCase(0, 1)]
    [TestCase(3, 4)]
    [TestCase(999, 1000)]
    [TestCase(RetryOptions.Unlimited, RetryOptions.Unlimited)]
    public void Retries_are_counted_without_the_first_try(int retries, int attempts)
    {
        RetryOptions options = RetryOptions.Retries(retries, TimeSpan.FromMilliseconds(100));
        Assert.That(
            (options.MaxAttempts, options.BaseDelay, options.Multiplier), Is.EqualTo((attempts, TimeSpan.FromMilliseconds(100), 1)));
    }

    [Test]
    public void A_long_delay_is_its_own_cap() =>
        Assert.That(RetryOptions.Retries(1, TimeSpan.FromHours(2)).MaxDelay, Is.EqualTo(TimeSpan.FromHours(2)));

    [TestCase(-1)]
    [TestCase(1000)]
    [TestCase(int.MinValue)]
    public void Numbers_out_of_range_are_refused(int retries) => Assert.That(
        () => RetryOptions.Retries(retries, TimeSpan.FromSeconds(1)),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("retries"));

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(86_400_001)]
    public void So_are_delays(double milliseconds) =>
        Assert.That(() => RetryOptions.Retries(3, TimeSpan.FromMilliseconds(milliseconds)), Throws.InstanceOf<ArgumentException>());

    private sealed class Calls
    {
        private int _number;

        public int Number => Volatile.Read(ref _number);

        public void Add() => Interlocked.Increment(ref _number);

        public void Count(Tick tick) => Add();

        public async Task CountAsync(Tick tick)
        {
            await Task.Yield();
            Add();
        }
    }
}
