using Engine.Bus;
using Engine.Bus.Retry;
using Engine.Tests.Support;

namespace Engine.Tests.Handlers.Retry;

/// <summary>Cancellation of retried actions, at each point.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class RetryCancellationTests
{
    private readonly ManualTime _time = new();

    [Test]
    public void Nothing_is_tried_when_cancelled_before()
    {
        var action = new FailingAction(0);
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null, new CancellationToken(canceled: true)).AsTask();
        Assert.That(execution.IsCanceled, Is.True);
        Assert.That(action.Attempts, Is.Empty);
    }

    [TestCase(1, false)]
    [TestCase(1, true)]
    [TestCase(2, false)]
    [TestCase(2, true)]
    public void An_action_that_ends_by_cancellation_is_not_tried_again(int attempt, bool later)
    {
        using var cancellation = new CancellationTokenSource();
        OperationCanceledException? thrown = null;
        var action = new FailingAction(int.MaxValue, number =>
        {
            if (number < attempt)
                return new InvalidOperationException();
            cancellation.Cancel();
            return thrown = new OperationCanceledException(cancellation.Token);
        });
        Task execution = Policy().ExecuteAsync(
            later ? FailingAction.FailLater : FailingAction.Fail, action, onRetry: null, cancellation.Token).AsTask();
        AdvanceUntilDone(execution);
        Assert.That(Assert.CatchAsync<OperationCanceledException>(() => execution), Is.SameAs(thrown));
        Assert.That(execution.IsCanceled, Is.True);
        Assert.That(action.Attempts, Has.Count.EqualTo(attempt));
    }

    [Test]
    public void Cancellation_during_a_wait_ends_it_at_once_and_shows_the_failure_before()
    {
        using var cancellation = new CancellationTokenSource();
        var action = new FailingAction(int.MaxValue);
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null, cancellation.Token).AsTask();
        Assert.That(execution.IsCompleted, Is.False);
        Assert.That(_time.PendingTimerCount, Is.EqualTo(1));
        cancellation.Cancel();
        Eventually.IsTrue(() => execution.IsCompleted);
        OperationCanceledException? error = Assert.CatchAsync<OperationCanceledException>(() => execution);
        Assert.That(error!.CancellationToken, Is.EqualTo(cancellation.Token));
        Assert.That(error.InnerException, Is.InstanceOf<InvalidOperationException>().With.Message.EqualTo("try 1"));
        Assert.That(_time.PendingTimerCount, Is.Zero, "The timer is given back.");
        Assert.That(action.Attempts, Has.Count.EqualTo(1));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_failure_while_cancelled_is_not_tried_again(int attempt)
    {
        using var cancellation = new CancellationTokenSource();
        var action = new FailingAction(int.MaxValue, number =>
        {
            if (number == attempt)
                cancellation.Cancel();
            return new InvalidOperationException($"try {number}");
        });
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null, cancellation.Token).AsTask();
        AdvanceUntilDone(execution);
        Assert.That(
            () => execution,
            Throws.InstanceOf<OperationCanceledException>().With.InnerException.Message.EqualTo($"try {attempt}"));
        Assert.That(action.Attempts, Has.Count.EqualTo(attempt));
    }

    [Test]
    public void The_failure_of_the_last_try_comes_back_although_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var action = new FailingAction(int.MaxValue, number =>
        {
            if (number == 3)
                cancellation.Cancel();
            return new InvalidOperationException($"try {number}");
        });
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null, cancellation.Token).AsTask();
        AdvanceUntilDone(execution);
        Assert.That(() => execution, Throws.InvalidOperationException.With.Message.EqualTo("try 3"));
    }

    [Test]
    public void Cancellation_by_another_token_is_a_failure_like_others()
    {
        using var given = new CancellationTokenSource();
        var action = new FailingAction(2, static _ => new OperationCanceledException(new CancellationToken(canceled: true)));
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null, given.Token).AsTask();
        AdvanceUntilDone(execution);
        Assert.That(execution.IsCompletedSuccessfully, Is.True);
        Assert.That(action.Attempts, Has.Count.EqualTo(3));
    }

    [Test]
    public void An_action_that_says_it_was_cancelled_by_the_given_token_is_believed()
    {
        using var given = new CancellationTokenSource();
        var action = new FailingAction(1, _ => new OperationCanceledException(given.Token));
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null, given.Token).AsTask();
        Assert.That(execution.IsCanceled, Is.True);
        Assert.That(action.Attempts, Has.Count.EqualTo(1));
    }

    [Test]
    public void Without_a_token_a_cancelled_action_is_tried_again()
    {
        var action = new FailingAction(1, static _ => new OperationCanceledException());
        Task execution = Policy().ExecuteAsync(FailingAction.Fail, action, onRetry: null).AsTask();
        AdvanceUntilDone(execution);
        Assert.That(execution.IsCompletedSuccessfully, Is.True);
        Assert.That(action.Attempts, Has.Count.EqualTo(2));
    }

    private void AdvanceUntilDone(Task execution) => Eventually.IsTrue(() =>
    {
        if (_time.PendingTimerCount > 0)
            _time.Advance(TimeSpan.FromHours(1));
        return execution.IsCompleted;
    });

    private HandlerPipeline Policy() =>
        HandlerPipeline.Of(new RetryOptions { MaxAttempts = 3, MaxDelay = TimeSpan.FromSeconds(1) }, own: null, _time);
}
