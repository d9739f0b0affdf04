using Engine.Bus.Retry;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Tries a handler again when it fails, as a policy says. The first try runs on the calling thread, later ones on the
/// thread pool; no thread is held in between. When it gives up, the handler's last exception is passed on. As thread-safe
/// as the handler it decorates. A handler that succeeds costs no allocation.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class RetryEventHandler<T> : IAsyncBusHandler<T>, IRetryCounter
    where T : IEvent<T>
{
    private readonly IBusHandler<T>? _handler;
    private readonly IAsyncBusHandler<T>? _asyncHandler;
    private readonly RetryPolicy _policy;
    private long _retried;
    private long _exhausted;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="policy">How often and when it is tried again.</param>
    public RetryEventHandler(IBusHandler<T> handler, RetryPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(policy);
        _handler = handler;
        _policy = policy;
    }

    /// <inheritdoc cref="RetryEventHandler{T}(IBusHandler{T}, RetryPolicy)"/>
    public RetryEventHandler(IAsyncBusHandler<T> handler, RetryPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(policy);
        _asyncHandler = handler;
        _policy = policy;
    }

    /// <summary>Tries after the first one that were made so far.</summary>
    public long RetryCount => Volatile.Read(ref _retried);

    /// <summary>Events whose last allowed try failed. Cancelled ones and those not worth a retry are not among them.</summary>
    public long ExhaustedCount => Volatile.Read(ref _exhausted);

    /// <inheritdoc/>
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken) =>
        _policy.ExecuteAsync(
            static (call, attempt, token) => call.Handler.TryAsync(call, attempt, token),
            new Call(this, @event, context),
            cancellationToken);

    private ValueTask TryAsync(in Call call, RetryAttempt attempt, CancellationToken cancellationToken)
    {
        // Only after a failure, so atomic operations cost the normal case nothing.
        if (attempt.Number > 1)
            Interlocked.Increment(ref _retried);
        return attempt.IsLast ? TryLastAsync(call, cancellationToken) : InvokeAsync(call, cancellationToken);
    }

    private async ValueTask TryLastAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!RetryPolicy.IsCancellation(exception, cancellationToken))
        {
            Interlocked.Increment(ref _exhausted);
            throw;
        }
    }

    private ValueTask InvokeAsync(in Call call, CancellationToken cancellationToken)
    {
        if (_asyncHandler is not null)
            return _asyncHandler.HandleAsync(call.Event, call.Context, cancellationToken);
        _handler!.Handle(call.Event, call.Context);
        return ValueTask.CompletedTask;
    }

    private readonly record struct Call(RetryEventHandler<T> Handler, T Event, EventContext Context);
}
