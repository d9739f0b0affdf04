using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace Engine.Bus.Retry;

/// <summary>
/// Tries an action again when it fails, after delays that grow. Immutable and thread-safe. A wait before a retry holds no
/// thread. An action that succeeds at once costs no allocation: it runs outside the retry pipeline, which is entered only
/// after a failure.
/// </summary>
public sealed class RetryPolicy
{
    private readonly Func<Exception, bool>? _shouldRetry;
    private readonly ResiliencePipeline? _pipeline;

    /// <summary>Makes a policy.</summary>
    /// <param name="options">How often and when to retry. Read here; later changes have no effect.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public RetryPolicy(RetryPolicyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        MaxAttempts = options.MaxAttempts;
        Backoff = new RetryBackoff(options.BaseDelay, options.MaxDelay, options.Multiplier, options.Jitter, options.Random);
        _shouldRetry = options.ShouldRetry;
        if (MaxAttempts > 1)
            _pipeline = BuildPipeline(MaxAttempts - 1, options.TimeProvider);
    }

    /// <summary>How often an action is tried in all, the first try counted.</summary>
    public int MaxAttempts { get; }

    internal RetryBackoff Backoff { get; }

    /// <summary>Makes a policy that retries after any exception.</summary>
    /// <param name="maxAttempts">See <see cref="RetryPolicyOptions.MaxAttempts"/>.</param>
    /// <param name="baseDelay">See <see cref="RetryPolicyOptions.BaseDelay"/>.</param>
    /// <param name="maxDelay">See <see cref="RetryPolicyOptions.MaxDelay"/>.</param>
    /// <param name="multiplier">See <see cref="RetryPolicyOptions.Multiplier"/>.</param>
    /// <param name="jitter">See <see cref="RetryPolicyOptions.Jitter"/>.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on.</param>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public static RetryPolicy From(
        int maxAttempts, TimeSpan baseDelay, TimeSpan maxDelay, double multiplier, RetryJitter jitter, TimeProvider timeProvider) =>
        new(new RetryPolicyOptions
        {
            MaxAttempts = maxAttempts,
            BaseDelay = baseDelay,
            MaxDelay = maxDelay,
            Multiplier = multiplier,
            Jitter = jitter,
            TimeProvider = timeProvider,
        });

    /// <summary>The delay before a retry without jitter: min(cap, base * multiplier^n).</summary>
    /// <param name="retry">Number of the retry; the one after the first try is 0.</param>
    public TimeSpan GetNominalDelay(int retry)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retry);
        return Backoff.Nominal(retry);
    }

    /// <inheritdoc cref="ExecuteAsync{TState}(Func{TState, RetryAttempt, CancellationToken, ValueTask}, TState, Action{TState, RetryNotice}?, CancellationToken)"/>
    public ValueTask ExecuteAsync<TState>(
        Func<TState, RetryAttempt, CancellationToken, ValueTask> action, TState state, CancellationToken cancellationToken = default) =>
        ExecuteAsync(action, state, onRetry: null, cancellationToken);

    /// <summary>
    /// Runs an action until it succeeds, fails in a way not worth a retry, has been tried as often as allowed, or is cancelled.
    /// The first try runs on the calling thread; the task ends with what the last try threw, or with
    /// <see cref="OperationCanceledException"/>.
    /// </summary>
    /// <remarks>
    /// Cancellation is never a failure. An <see cref="OperationCanceledException"/> of the action is cancellation if the
    /// given token was cancelled or if it carries that token: it is passed on as it is, without retry. With any other token
    /// (a time limit of the action's own, for example) it is a failure like others. Cancellation after a failure that would
    /// have been retried, during the wait too, ends in an <see cref="OperationCanceledException"/> with that failure inside.
    /// </remarks>
    /// <typeparam name="TState">What the action gets.</typeparam>
    /// <param name="action">The action; a static lambda costs no allocation.</param>
    /// <param name="state">Handed to the action and the observer.</param>
    /// <param name="onRetry">Called before each wait, on the thread where the try failed. What it throws is dropped.</param>
    /// <param name="cancellationToken">Ends tries and waits; once cancelled, no further try begins.</param>
    public ValueTask ExecuteAsync<TState>(
        Func<TState, RetryAttempt, CancellationToken, ValueTask> action,
        TState state,
        Action<TState, RetryNotice>? onRetry,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        ValueTask first;
        try
        {
            first = action(state, new RetryAttempt(1, MaxAttempts), cancellationToken);
        }
        catch (Exception exception)
        {
            return RetryAsync(exception, new RetryRun<TState>(this, action, state, onRetry, cancellationToken), cancellationToken);
        }

        return _pipeline is null || first.IsCompletedSuccessfully
            ? first
            : AwaitFirstAsync(first, action, state, onRetry, cancellationToken);
    }

    /// <summary>Whether a failure is worth another try.</summary>
    internal bool IsRetryable(Exception failure, RetryAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.IsLast || IsCancellation(failure, cancellationToken))
            return false;
        try
        {
            return _shouldRetry is null || _shouldRetry(failure);
        }
        catch (Exception)
        {
            // The failure of the action tells more than that of the predicate.
            return false;
        }
    }

    /// <summary>Whether an exception means that the token's owner called the work off, rather than that the work failed.</summary>
    internal static bool IsCancellation(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException canceled
        && (cancellationToken.IsCancellationRequested
            || (cancellationToken.CanBeCanceled && canceled.CancellationToken == cancellationToken));

    // Pooled, so that a first try that succeeds later costs no allocation either.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitFirstAsync<TState>(
        ValueTask first,
        Func<TState, RetryAttempt, CancellationToken, ValueTask> action,
        TState state,
        Action<TState, RetryNotice>? onRetry,
        CancellationToken cancellationToken)
    {
        Exception failure;
        try
        {
            await first.ConfigureAwait(false);
            return;
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        var run = new RetryRun<TState>(this, action, state, onRetry, cancellationToken);
        await RetryAsync(failure, run, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask RetryAsync<TState>(Exception firstFailure, RetryRun<TState> run, CancellationToken cancellationToken)
    {
        run.Record(firstFailure);
        if (!run.IsRetryable)
            ExceptionDispatchInfo.Throw(firstFailure);
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(RetryRun.Key, run);
        Outcome<bool> outcome = await _pipeline!
            .ExecuteOutcomeAsync(static (_, run) => run.NextAsync(), context, run)
            .ConfigureAwait(false);
        ResilienceContextPool.Shared.Return(context);
        if (outcome.Exception is not { } exception)
            return;
        // What is not the latest try's own is the pipeline's: it was cancelled between two tries.
        if (!ReferenceEquals(exception, run.Failure))
            throw new OperationCanceledException("Cancelled before the next try.", run.Failure, cancellationToken);
        ExceptionDispatchInfo.Throw(exception);
    }

    private static ResiliencePipeline BuildPipeline(int maxRetries, TimeProvider timeProvider) =>
        new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = maxRetries,
                BackoffType = DelayBackoffType.Constant,
                Delay = TimeSpan.Zero,
                ShouldHandle = static arguments => new ValueTask<bool>(RunOf(arguments.Context).IsRetryable),
                DelayGenerator = static arguments =>
                    new ValueTask<TimeSpan?>(RunOf(arguments.Context).NextDelay(arguments.AttemptNumber)),
                OnRetry = static arguments =>
                {
                    RetryRun run = RunOf(arguments.Context);
                    run.Observe(new RetryNotice(run.Attempt, run.Failure!, arguments.RetryDelay));
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    private static RetryRun RunOf(ResilienceContext context) => context.Properties.GetValue(RetryRun.Key, null!);
}
