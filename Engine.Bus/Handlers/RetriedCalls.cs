using Engine.Bus.Retry;

namespace Engine.Bus.Handlers;

/// <summary>Makes calls again that fail, as options say, and counts that. Thread-safe.</summary>
internal sealed class RetriedCalls
{
    private readonly HandlerPipeline _pipeline;
    private long _retried;
    private long _exhausted;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public RetriedCalls(RetryOptions options, TimeProvider? timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        _pipeline = HandlerPipeline.Of(options, own: null, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Tries after the first one that were made so far.</summary>
    public long RetryCount => Volatile.Read(ref _retried);

    /// <summary>Calls whose last allowed try failed.</summary>
    public long ExhaustedCount => Volatile.Read(ref _exhausted);

    public ValueTask MakeAsync<TCall>(in TCall call, CancellationToken cancellationToken)
        where TCall : struct, IDecoratedCall =>
        _pipeline.ExecuteAsync(
            static (state, attempt, token) => state.Calls.TryAsync(state.Call, attempt, token),
            (Calls: this, Call: call),
            onRetry: null,
            cancellationToken);

    private ValueTask TryAsync<TCall>(in TCall call, RetryAttempt attempt, CancellationToken cancellationToken)
        where TCall : struct, IDecoratedCall
    {
        // Only after a failure, so atomic operations cost the normal case nothing.
        if (attempt.Number > 1)
            Interlocked.Increment(ref _retried);
        return attempt.IsLast ? TryLastAsync(call, cancellationToken) : call.MakeAsync(cancellationToken);
    }

    private async ValueTask TryLastAsync<TCall>(TCall call, CancellationToken cancellationToken)
        where TCall : struct, IDecoratedCall
    {
        try
        {
            await call.MakeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!Cancellation.IsMeantBy(exception, cancellationToken))
        {
            Interlocked.Increment(ref _exhausted);
            throw;
        }
    }
}
