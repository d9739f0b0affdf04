using Polly;

namespace Engine.Bus.Retry;

/// <summary>One execution whose first try has failed. Used by one thread at a time.</summary>
internal abstract class RetryRun(RetryPolicy policy, CancellationToken cancellationToken)
{
    /// <summary>Where the pipeline's callbacks find the run.</summary>
    public static readonly ResiliencePropertyKey<RetryRun> Key = new("Engine.RetryRun");

    private TimeSpan _previousDelay;

    /// <summary>The latest try.</summary>
    public RetryAttempt Attempt { get; private protected set; } = new(1, policy.MaxAttempts);

    /// <summary>What the latest try failed with; null if it succeeded.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether <see cref="Failure"/> is worth another try.</summary>
    public bool IsRetryable { get; private set; }

    protected CancellationToken CancellationToken => cancellationToken;

    /// <summary>Notes how the latest try ended, and judges it once.</summary>
    public void Record(Exception? failure)
    {
        Failure = failure;
        IsRetryable = failure is not null && policy.IsRetryable(failure, Attempt, cancellationToken);
    }

    public TimeSpan NextDelay(int retry) => _previousDelay = policy.Backoff.Next(retry, _previousDelay);

    /// <summary>Tells the observer. What it throws is dropped: the retry matters more.</summary>
    public abstract void Observe(in RetryNotice notice);
}

/// <summary>One execution whose first try has failed.</summary>
/// <typeparam name="TState">What the action gets.</typeparam>
internal sealed class RetryRun<TState>(
    RetryPolicy policy,
    Func<TState, RetryAttempt, CancellationToken, ValueTask> action,
    TState state,
    Action<TState, RetryNotice>? onRetry,
    CancellationToken cancellationToken)
    : RetryRun(policy, cancellationToken)
{
    private bool _isFirstReported;

    /// <summary>
    /// What the pipeline calls for each try. The first try was made outside of it: the first call reports how that ended,
    /// so that the pipeline counts it.
    /// </summary>
    public async ValueTask<Outcome<bool>> NextAsync()
    {
        if (_isFirstReported)
            await TryAgainAsync().ConfigureAwait(false);
        _isFirstReported = true;
        return Failure is null ? Outcome.FromResult(true) : Outcome.FromException<bool>(Failure);
    }

    public override void Observe(in RetryNotice notice)
    {
        try
        {
            onRetry?.Invoke(state, notice);
        }
        catch (Exception)
        {
            // An observer does not decide whether there is a retry.
        }
    }

    private async ValueTask TryAgainAsync()
    {
        Attempt = Attempt with { Number = Attempt.Number + 1 };
        try
        {
            await action(state, Attempt, CancellationToken).ConfigureAwait(false);
            Record(null);
        }
        catch (Exception exception)
        {
            Record(exception);
        }
    }
}
