using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Bus.Retry;
using Engine.Tests.Support;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Engine.Tests.Handlers.Retry;

/// <summary>Subscriptions whose handlers run in a resilience pipeline of the user's own.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class OwnPipelineTests
{
    private readonly ManualTime _time = new();
    private readonly List<BusHandlerError> _errors = [];
    private readonly EventBus _bus;

    public OwnPipelineTests()
    {
        void Note(BusHandlerError error)
        {
            lock (_errors)
                _errors.Add(error);
        }

        _bus = Buses.Started(new EventBusOptions { TimeProvider = _time, OnHandlerError = Note });
    }

    [TearDown]
    public void Stop() => _bus.StopDrained();

    [Test]
    public void A_time_out_is_one_for_each_try()
    {
        var delay = TimeSpan.FromMilliseconds(1);
        var attempts = new ConcurrentQueue<int>();
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            async (_, context, token) =>
            {
                attempts.Enqueue(context.Attempt);
                if (context.Attempt < 3)
                    await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            },
            new()
            {
                Pipeline = Pipeline(builder => builder.AddTimeout(TimeSpan.FromSeconds(1))),
                Retry = new() { MaxAttempts = 3, BaseDelay = delay, MaxDelay = delay },
            });
        _bus.Publish(new OrderCreated(1));
        for (int tries = 1; tries < 3; tries++)
        {
            // The clock stands while a try begins, or its time might be out before the handler is called.
            Eventually.IsTrue(() => attempts.Count == tries);
            Threads.Run(() => _time.Advance(TimeSpan.FromSeconds(1)));
            Eventually.IsTrue(() => _time.NextTimerIn <= delay);
            Threads.Run(() => _time.Advance(delay));
        }

        Eventually.IsTrue(() => _bus.QueueOf(subscription).Succeeded == 1);
        Assert.That(attempts, Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount, _bus.QueueOf(subscription).Retried), Is.EqualTo((1L, 0L, 2L)));
    }

    [Test]
    public void What_the_last_time_out_ends_has_failed()
    {
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            async (_, _, token) => await Task.Delay(Timeout.InfiniteTimeSpan, _time, token),
            new() { Pipeline = Pipeline(builder => builder.AddTimeout(TimeSpan.FromSeconds(1))) });
        _bus.Publish(new OrderCreated(1));
        AdvanceUntil(() => subscription.ErrorCount == 1);
        Assert.That(_errors.Single().Exception, Is.InstanceOf<TimeoutRejectedException>());
    }

    [Test]
    public void An_open_circuit_fails_events_without_a_call()
    {
        int calls = 0;
        ResiliencePipeline breaker = Pipeline(builder => builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 1,
            MinimumThroughput = 2,
            BreakDuration = TimeSpan.FromMinutes(1),
        }));
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) =>
            {
                calls++;
                throw new InvalidOperationException();
            },
            new() { Pipeline = breaker });
        Assert.That(subscription.Mode, Is.EqualTo(ProcessingMode.Async), "A pipeline may wait, and publishing does not.");
        for (int i = 0; i < 5; i++)
            _bus.Publish(new OrderCreated(i));
        Eventually.IsTrue(() => subscription.ErrorCount == 5);
        Assert.That((calls, subscription.DeliveredCount), Is.EqualTo((2, 2L)));
        Assert.That(_errors.Count(static error => error.Exception is BrokenCircuitException), Is.EqualTo(3));
    }

    [Test]
    public void Retries_of_the_pipeline_are_attempts_and_count()
    {
        var attempts = new List<int>();
        ResiliencePipeline retries = Pipeline(
            builder => builder.AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.Zero }));
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext context) =>
            {
                attempts.Add(context.Attempt);
                throw new InvalidOperationException($"try {context.Attempt}");
            },
            new() { Pipeline = retries });
        _bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => subscription.ErrorCount == 1);
        Assert.That(attempts, Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(_errors.Single().Exception.Message, Is.EqualTo("try 3"));
        Assert.That((subscription.DeliveredCount, _bus.QueueOf(subscription).Retried), Is.EqualTo((1L, 2L)));
    }

    [Test]
    public void A_pipeline_that_runs_tries_side_by_side_is_refused()
    {
        var second = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        int most = 0;
        ResiliencePipeline hedging = Pipeline(builder => builder.AddStrategy(_ => new TwoAtOnce(second, release)));
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            async (_, _, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await release.Task;
                Interlocked.Decrement(ref running);
            },
            new() { Pipeline = hedging });
        _bus.Publish(new OrderCreated(1));
        Assert.That(Eventually.Result(second.Task), Is.InstanceOf<InvalidOperationException>().With.Message.Contains("hedging"));
        Eventually.IsTrue(() => _bus.QueueOf(subscription).Succeeded == 1);
        Assert.That(most, Is.EqualTo(1));
    }

    [Test]
    public void A_strategy_that_throws_fails_the_event_and_nothing_else()
    {
        int calls = 0;
        ResiliencePipeline broken = Pipeline(builder => builder.AddStrategy(static _ => new Broken()));
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) => calls++, new() { Pipeline = broken });
        for (int i = 0; i < 3; i++)
            _bus.Publish(new OrderCreated(i));
        Eventually.IsTrue(() => subscription.ErrorCount == 3);
        Assert.That((calls, _bus.QueueOf(subscription).Failed), Is.EqualTo((0, 3L)));
        Assert.That(_errors.Select(static error => error.Exception), Is.All.InstanceOf<FormatException>());
    }

    [Test]
    public void Where_publishing_would_wait_a_pipeline_is_refused(
        [Values(ProcessingMode.Sync, ProcessingMode.Adaptive)] ProcessingMode mode) =>
        Assert.That(
            Thrown.By<ArgumentOutOfRangeException>(() => _bus.Subscribe<OrderCreated>(
                static (in OrderCreated _, EventContext _) => { }, new() { Mode = mode, Pipeline = ResiliencePipeline.Empty })).ParamName,
            Is.EqualTo("Mode"));

    [Test]
    public void Retries_stand_in_a_pipeline_of_ones_own_too()
    {
        ResiliencePipeline pipeline = Pipeline(
            builder => builder.AddRetry(new RetryOptions { MaxAttempts = 4, Jitter = RetryJitter.Decorrelated }));
        int calls = 0;
        Task execution = pipeline.ExecuteAsync(_ => ++calls < 4 ? throw new InvalidOperationException() : ValueTask.CompletedTask).AsTask();
        AdvanceUntil(() => execution.IsCompleted);
        Assert.That((execution.IsCompletedSuccessfully, calls), Is.EqualTo((true, 4)));
    }

    private ResiliencePipeline Pipeline(Action<ResiliencePipelineBuilder> add)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = _time };
        add(builder);
        return builder.Build();
    }

    private void AdvanceUntil(Func<bool> isDone) => Threads.Run(() => Eventually.IsTrue(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return isDone();
    }));

    private sealed class TwoAtOnce(TaskCompletionSource<Exception?> second, TaskCompletionSource release) : ResilienceStrategy
    {
        protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
        {
            ValueTask<Outcome<TResult>> first = callback(context, state);
            Outcome<TResult> other = await callback(context, state);
            second.SetResult(other.Exception);
            release.SetResult();
            return await first;
        }
    }

    private sealed class Broken : ResilienceStrategy
    {
        protected override ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
            Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state) =>
            throw new FormatException("broken");
    }
}
