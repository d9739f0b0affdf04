using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Keeps statistics of a handler: how its calls ended and how long they took. Counting takes no lock and allocates nothing
/// once each thread has made a call. An <see cref="OperationCanceledException"/> counts as cancelled. As thread-safe as the
/// handler it decorates.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class StatsEventHandler<T> : IBusHandler<T>, IHandlerStatisticsSource, IRetryCounter
    where T : IEvent<T>
{
    private readonly IBusHandler<T> _handler;
    private readonly HandlerMeter _meter;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    public StatsEventHandler(IBusHandler<T> handler, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _meter = new HandlerMeter(timeProvider ?? TimeProvider.System, handler as IRetryCounter);
    }

    long IRetryCounter.RetryCount => _meter.RetryCount;

    /// <inheritdoc/>
    public void Handle(in T @event, EventContext context)
    {
        long start = _meter.Start();
        try
        {
            _handler.Handle(@event, context);
        }
        catch (Exception exception)
        {
            _meter.Record(start, exception is OperationCanceledException ? HandlerOutcome.Cancelled : HandlerOutcome.Failed);
            throw;
        }

        _meter.Record(start, HandlerOutcome.Succeeded);
    }

    /// <inheritdoc/>
    public HandlerStatistics GetStatistics() => _meter.Read();
}
