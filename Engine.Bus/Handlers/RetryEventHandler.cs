using System.Runtime.CompilerServices;
using Engine.Bus.Retry;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Tries a handler again when it fails, as options say. The first try runs on the calling thread, later ones on the
/// thread pool; no thread is held in between. When it gives up, the handler's last exception is passed on. As thread-safe
/// as the handler it decorates. A handler that succeeds costs no allocation.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class RetryEventHandler<T> : IAsyncBusHandler<T>, IRetryCounter
    where T : IEvent<T>
{
    private readonly IBusHandler<T>? _handler;
    private readonly IAsyncBusHandler<T>? _asyncHandler;
    private readonly HandlerPipeline _pipeline;
    private long _retried;
    private long _exhausted;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How often and when it is tried again.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public RetryEventHandler(IBusHandler<T> handler, RetryOptions options, TimeProvider? timeProvider = null)
        : this(options, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
            _asyncHandler = (IAsyncBusHandler<T>)handler;
        else
            _handler = handler;
    }

    /// <inheritdoc cref="RetryEventHandler{T}(IBusHandler{T}, RetryOptions, TimeProvider)"/>
    public RetryEventHandler(IAsyncBusHandler<T> handler, RetryOptions options, TimeProvider? timeProvider = null)
        : this(options, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _asyncHandler = handler;
    }

    private RetryEventHandler(RetryOptions options, TimeProvider? timeProvider)
    {
        ArgumentNullException.ThrowIfNull(options);
        _pipeline = HandlerPipeline.Of(options, own: null, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Tries after the first one that were made so far.</summary>
    public long RetryCount => Volatile.Read(ref _retried);

    /// <summary>Events whose last allowed try failed. Cancelled ones and those not worth a retry are not among them.</summary>
    public long ExhaustedCount => Volatile.Read(ref _exhausted);

    /// <inheritdoc/>
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken) =>
        _pipeline.ExecuteAsync(
            static (call, attempt, token) => call.Handler.TryAsync(call, attempt, token),
            new Call(this, @event, context),
            onRetry: null,
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
        catch (Exception exception) when (!Cancellation.IsMeantBy(exception, cancellationToken))
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
