using System.Runtime.CompilerServices;
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
    private readonly IAsyncBusHandler<T>? _async;
    private readonly RetriedCalls _calls;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How often and when it is tried again.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public RetryEventHandler(IBusHandler<T> handler, RetryOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _calls = new RetriedCalls(options, timeProvider);
        if (handler is IEitherHandler { IsAsync: true })
            _async = (IAsyncBusHandler<T>)handler;
        else
            _handler = handler;
    }

    /// <inheritdoc cref="RetryEventHandler{T}(IBusHandler{T}, RetryOptions, TimeProvider)"/>
    public RetryEventHandler(IAsyncBusHandler<T> handler, RetryOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _calls = new RetriedCalls(options, timeProvider);
        _async = handler;
    }

    /// <summary>Tries after the first one that were made so far.</summary>
    public long RetryCount => _calls.RetryCount;

    /// <summary>Events whose last allowed try failed. Cancelled ones and those not worth a retry are not among them.</summary>
    public long ExhaustedCount => _calls.ExhaustedCount;

    /// <inheritdoc/>
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken) =>
        _calls.MakeAsync(new DecoratedCall<T>(_handler, _async, @event, context), cancellationToken);
}
