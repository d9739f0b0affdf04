using Engine.Bus;
using Engine.Bus.Retry;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers.Retry;

/// <summary>How often and when actions are tried again.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class HandlerPipelineTests
{
    private readonly ManualTime _time = new();

    [TestCase(false)]
    [TestCase(true)]
    public void An_action_that_succeeds_is_tried_once(bool later)
    {
        var action = new FailingAction(0);
        Eventually.Result(Execute(Policy(3), action, later));
        Assert.That(action.Attempts, Is.EqualTo(new[] { new RetryAttempt(1, 3) }));
        Assert.That(action.Notices, Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Delays_grow_and_are_scheduled_as_reported(bool later)
    {
        var action = new FailingAction(4);
        Task<bool> execution = Execute(Policy(9), action, later);
        foreach (int expected in new[] { 100, 200, 400, 500 })
        {
            Eventually.IsTrue(() => _time.PendingTimerCount == 1);
            int attempts = action.Attempts.Count;
            TimeSpan delay = action.Notices[^1].Delay!.Value;
            Assert.That(delay, Is.EqualTo(TimeSpan.FromMilliseconds(expected)));
            _time.Advance(delay - TimeSpan.FromTicks(1));
            Assert.That(_time.PendingTimerCount, Is.EqualTo(1), "The wait is as long as reported.");
            Assert.That(action.Attempts, Has.Count.EqualTo(attempts));
            _time.Advance(TimeSpan.FromTicks(1));
            Eventually.IsTrue(() => action.Attempts.Count == attempts + 1);
        }

        Eventually.Result(execution);
        Assert.That(action.Attempts.Select(static attempt => attempt.Number), Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
        Assert.That(action.Notices.Select(static notice => notice.Attempt.Number), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(
            action.Notices.Select(static notice => notice.Exception!.Message), Is.EqualTo(new[] { "try 1", "try 2", "try 3", "try 4" }));
    }

    [TestCase(1, false)]
    [TestCase(1, true)]
    [TestCase(2, false)]
    [TestCase(5, true)]
    public void The_first_try_counts_and_the_last_failure_comes_back(int maxAttempts, bool later)
    {
        var action = new FailingAction(int.MaxValue);
        Task<bool> execution = Execute(Policy(maxAttempts), action, later);
        AdvanceUntilDone(execution);
        Assert.That(() => execution, Throws.InvalidOperationException.With.Message.EqualTo($"try {maxAttempts}"));
        Assert.That(action.Attempts, Has.Count.EqualTo(maxAttempts));
        Assert.That(action.Attempts[^1].IsLast, Is.True);
        Assert.That(action.Notices, Has.Count.EqualTo(maxAttempts - 1));
    }

    [Test]
    public void The_stack_of_the_failure_is_kept()
    {
        Task<bool> execution = Execute(Policy(2), new FailingAction(2), later: false);
        AdvanceUntilDone(execution);
        Assert.That(execution.Exception!.InnerException!.StackTrace, Does.Contain(nameof(FailingAction.Fail)));
    }

    [Test]
    public void What_the_predicate_rejects_is_not_tried_again()
    {
        var asked = new List<string>();
        HandlerPipeline policy = Policy(new RetryOptions
        {
            MaxAttempts = 5,
            ShouldRetry = exception =>
            {
                asked.Add(exception.Message);
                return exception is InvalidOperationException;
            },
        });
        var action = new FailingAction(5, static attempt =>
            attempt < 3 ? new InvalidOperationException($"try {attempt}") : new FormatException("wrong"));
        Task<bool> execution = Execute(policy, action, later: false);
        AdvanceUntilDone(execution);
        Assert.That(() => execution, Throws.InstanceOf<FormatException>());
        Assert.That(action.Attempts, Has.Count.EqualTo(3));
        Assert.That(asked, Is.EqualTo(new[] { "try 1", "try 2", "wrong" }), "Each failure is judged once.");
    }

    [Test]
    public void A_predicate_that_throws_ends_in_the_failure_of_the_action()
    {
        HandlerPipeline policy = Policy(new RetryOptions { MaxAttempts = 5, ShouldRetry = static _ => throw new FormatException() });
        Assert.That(
            () => Execute(policy, new FailingAction(1), later: false), Throws.InvalidOperationException.With.Message.EqualTo("try 1"));
    }

    [Test]
    public void An_observer_that_throws_stops_no_retry()
    {
        var action = new FailingAction(1);
        Task execution = Policy(2).ExecuteAsync(FailingAction.Fail, action, static (_, _) => throw new FormatException()).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(execution.Wait(Eventually.HangGuard), Is.True);
        Assert.That(action.Attempts, Has.Count.EqualTo(2));
    }

    [Test]
    public void Waiting_holds_no_thread()
    {
        // More waits than the pool could ever give threads to.
        const int Count = 2_000;
        HandlerPipeline policy = Policy(2);
        var actions = new FailingAction[Count];
        var executions = new Task[Count];
        for (int i = 0; i < Count; i++)
        {
            actions[i] = new FailingAction(1);
            executions[i] = policy.ExecuteAsync(FailingAction.Fail, actions[i], FailingAction.Note).AsTask();
        }

        Assert.That(executions.Count(static execution => execution.IsCompleted), Is.Zero);
        Assert.That(_time.PendingTimerCount, Is.EqualTo(Count), "Each was begun by this thread, which has gone on, and waits as a timer.");
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.That(Task.WaitAll(executions, Eventually.HangGuard), Is.True);
        Assert.That(actions.Select(static action => action.Attempts.Count), Is.All.EqualTo(2));
    }

    [TestCase(RetryJitter.Additive)]
    [TestCase(RetryJitter.Decorrelated)]
    public void Jitter_follows_the_seed_and_is_reported_as_scheduled(RetryJitter jitter)
    {
        TimeSpan[] first = DelaysOf(jitter, seed: 7);
        Assert.That(DelaysOf(jitter, seed: 7), Is.EqualTo(first));
        Assert.That(DelaysOf(jitter, seed: 8), Is.Not.EqualTo(first));
    }

    private TimeSpan[] DelaysOf(RetryJitter jitter, int seed)
    {
        HandlerPipeline policy = Policy(
            new RetryOptions { MaxAttempts = 6, Jitter = jitter, Random = new Random(seed), MaxDelay = TimeSpan.FromHours(1) });
        var action = new FailingAction(5);
        Task<bool> execution = Execute(policy, action, later: false);
        for (int retry = 0; retry < 5; retry++)
        {
            Eventually.IsTrue(() => _time.PendingTimerCount == 1 && action.Notices.Count == retry + 1);
            _time.Advance(action.Notices[retry].Delay!.Value - TimeSpan.FromTicks(1));
            Assert.That(action.Attempts, Has.Count.EqualTo(retry + 1));
            _time.Advance(TimeSpan.FromTicks(1));
        }

        Eventually.Result(execution);
        return [.. action.Notices.Select(static notice => notice.Delay!.Value)];
    }

    private void AdvanceUntilDone(Task execution) => Eventually.IsTrue(() =>
    {
        if (_time.PendingTimerCount > 0)
            _time.Advance(TimeSpan.FromHours(1));
        return execution.IsCompleted;
    });

    private static async Task<bool> Execute(HandlerPipeline policy, FailingAction action, bool later)
    {
        await policy.ExecuteAsync(later ? FailingAction.FailLater : FailingAction.Fail, action, FailingAction.Note);
        return true;
    }

    private HandlerPipeline Policy(int maxAttempts) => Policy(new RetryOptions { MaxAttempts = maxAttempts });

    private HandlerPipeline Policy(RetryOptions options) => HandlerPipeline.Of(
        options with
        {
            BaseDelay = TimeSpan.FromMilliseconds(100),
            MaxDelay = options.MaxDelay == RetryOptions.None.MaxDelay ? TimeSpan.FromMilliseconds(500) : options.MaxDelay,
        },
        own: null,
        _time);
}
