using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Tries a handler of events of any type again when it fails, as options say; it is subscribed by a name or a pattern. Otherwise as
/// <see cref="RetryEventHandler{T}"/>.
/// </summary>
public sealed class RetryEventHandler : IAsyncBusAnyHandler, IRetryCounter
{
    private readonly IBusAnyHandler? _handler;
    private readonly IAsyncBusAnyHandler? _async;
    private readonly RetriedCalls _calls;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How often and when it is tried again.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public RetryEventHandler(IBusAnyHandler handler, RetryOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _calls = new RetriedCalls(options, timeProvider);
        if (handler is IEitherHandler { IsAsync: true })
            _async = (IAsyncBusAnyHandler)handler;
        else
            _handler = handler;
    }

    /// <inheritdoc cref="RetryEventHandler(IBusAnyHandler, RetryOptions, TimeProvider)"/>
    public RetryEventHandler(IAsyncBusAnyHandler handler, RetryOptions options, TimeProvider? timeProvider = null)
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
    public ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T> =>
        _calls.MakeAsync(new DecoratedAnyCall<T>(_handler, _async, @event, context), cancellationToken);
}
