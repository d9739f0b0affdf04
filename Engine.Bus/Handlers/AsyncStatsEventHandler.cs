using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Keeps statistics of an asynchronous handler: how its calls ended and how long they took until then. Counting takes no
/// lock and allocates nothing once each thread has made a call. A call counts as cancelled if it ends with an
/// <see cref="OperationCanceledException"/> and its token was cancelled or is the exception's. As thread-safe as the
/// handler it decorates.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class AsyncStatsEventHandler<T> : IAsyncBusHandler<T>, IHandlerStatisticsSource, IRetryCounter
    where T : IEvent<T>
{
    private readonly IAsyncBusHandler<T> _handler;
    private readonly HandlerMeter _meter;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    public AsyncStatsEventHandler(IAsyncBusHandler<T> handler, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _meter = new HandlerMeter(timeProvider ?? TimeProvider.System, handler as IRetryCounter);
    }

    long IRetryCounter.RetryCount => _meter.RetryCount;

    /// <inheritdoc/>
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken)
    {
        long start = _meter.Start();
        ValueTask call;
        try
        {
            call = _handler.HandleAsync(@event, context, cancellationToken);
        }
        catch (Exception exception)
        {
            _meter.RecordFailure(start, exception, cancellationToken);
            throw;
        }

        return _meter.RecordAsync(start, call, cancellationToken);
    }

    /// <inheritdoc/>
    public HandlerStatistics GetStatistics() => _meter.Read();
}
