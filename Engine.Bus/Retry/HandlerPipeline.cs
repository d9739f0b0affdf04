using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Polly;

namespace Engine.Bus.Retry;

/// <summary>
/// The resilience pipeline that a handler runs in: retries by options, and inside them a pipeline of the user's own. Immutable and
/// thread-safe. A wait before a retry holds no thread. Where there is nothing but retries, the pipeline is entered with the outcome
/// of a first try that failed: what succeeds, at once or later, costs neither an allocation nor the way through the pipeline.
/// </summary>
[DebuggerDisplay("{_description}")]
internal sealed class HandlerPipeline
{
    private readonly ResiliencePipeline _pipeline;
    private readonly RetryOptions _retry;
    private readonly bool _hasOwn;
    private readonly string _description;

    private HandlerPipeline(RetryOptions retry, ResiliencePipeline? own, TimeProvider timeProvider)
    {
        _retry = retry;
        _hasOwn = own is not null;
        _description = own is null ? retry.ToString() : $"{retry}, each in a pipeline of its own";
        if (retry.MaxAttempts == 1)
        {
            _pipeline = own ?? ResiliencePipeline.Empty;
            return;
        }

        ResiliencePipelineBuilder builder = new ResiliencePipelineBuilder { TimeProvider = timeProvider }.AddRetry(retry);
        if (own is not null)
            builder.AddPipeline(own);
        _pipeline = builder.Build();
    }

    /// <summary>How often the options allow an action to be tried, the first try counted.</summary>
    public int MaxAttempts => _retry.MaxAttempts;

    /// <summary>Puts a pipeline together.</summary>
    /// <param name="retry">How often and when it is tried again.</param>
    /// <param name="own">What each try runs in; null for nothing.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static HandlerPipeline Of(RetryOptions retry, ResiliencePipeline? own, TimeProvider timeProvider)
    {
        retry.Validate();
        return new HandlerPipeline(retry, own, timeProvider);
    }

    /// <summary>The same, or null if there is nothing to retry and nothing to run in.</summary>
    /// <inheritdoc cref="Of"/>
    public static HandlerPipeline? OrNone(RetryOptions retry, ResiliencePipeline? own, TimeProvider timeProvider)
    {
        HandlerPipeline pipeline = Of(retry, own, timeProvider);
        return own is null && retry.MaxAttempts == 1 ? null : pipeline;
    }

    /// <summary>
    /// Runs an action until it succeeds, fails in a way not worth a retry, has been tried as often as allowed, or is cancelled.
    /// The first try runs on the calling thread, unless a pipeline of the user's own waits before it; the task ends with what the
    /// last try threw, with what the user's pipeline threw instead, or with <see cref="OperationCanceledException"/>.
    /// </summary>
    /// <remarks>
    /// Cancellation is never a failure. An <see cref="OperationCanceledException"/> of the action is cancellation if the given
    /// token was cancelled or if it carries that token: it is passed on as it is, without retry. With any other token (a time
    /// limit of the action's own, for example) it is a failure like others. Cancellation after a failure that would have been
    /// retried, during the wait too, ends in an <see cref="OperationCanceledException"/> with that failure inside.
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
        if (_hasOwn)
            return RunAsync(new HandlerCall<TState>(action, state, onRetry, cancellationToken), firstFailure: null);
        ValueTask first;
        try
        {
            first = action(state, new RetryAttempt(1, MaxAttempts), cancellationToken);
        }
        catch (Exception exception)
        {
            return RunAsync(new HandlerCall<TState>(action, state, onRetry, cancellationToken), exception);
        }

        return first.IsCompletedSuccessfully ? first : AwaitFirstAsync(
            first, new HandlerCall<TState>(action, state, onRetry, cancellationToken));
    }

    // Pooled, so that a first try that succeeds later costs no allocation of its own.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitFirstAsync<TState>(ValueTask first, HandlerCall<TState> call)
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

        await RunAsync(call, failure).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync<TState>(HandlerCall<TState> call, Exception? firstFailure)
    {
        CancellationToken cancellationToken = call.CancellationToken;
        // A pipeline that is entered cancelled does not ask how the first try ended.
        if (firstFailure is not null && cancellationToken.IsCancellationRequested)
            Throw(firstFailure, RetryStrategy.IsRetryable(_retry, firstFailure, 1, cancellationToken), firstFailure, cancellationToken);
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        HandlerRun<TState> run = HandlerRun<TState>.Rent(context, MaxAttempts, call, firstFailure);
        Exception? exception;
        try
        {
            Outcome<object> outcome = await _pipeline
                .ExecuteOutcomeAsync(static (context, run) => run.TryAsync(context), context, run)
                .ConfigureAwait(false);
            exception = outcome.Exception;
        }
        catch (Exception thrown)
        {
            // A strategy of the user's own that does not keep to outcomes.
            exception = thrown;
        }

        Exception? failure = run.Failure;
        // Called off between two tries: what the pipeline ends with is its own cancellation, or the failure before it.
        bool isBetweenTries = ReferenceEquals(exception, failure)
            ? run.IsRetryMeant
            : exception is OperationCanceledException && failure is not null;
        run.Return(context);
        if (exception is not null)
            Throw(exception, isBetweenTries, failure, cancellationToken);
    }

    private static void Throw(Exception exception, bool isBetweenTries, Exception? failure, CancellationToken cancellationToken)
    {
        if (isBetweenTries && cancellationToken.IsCancellationRequested)
            throw new OperationCanceledException("Cancelled before the next try.", failure, cancellationToken);
        ExceptionDispatchInfo.Throw(exception);
    }
}

/// <summary>What is executed.</summary>
/// <typeparam name="TState">What the action gets.</typeparam>
internal readonly record struct HandlerCall<TState>(
    Func<TState, RetryAttempt, CancellationToken, ValueTask> Action,
    TState State,
    Action<TState, RetryNotice>? OnRetry,
    CancellationToken CancellationToken);
