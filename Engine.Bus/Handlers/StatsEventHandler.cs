using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Keeps statistics of a handler, synchronous or asynchronous: how its calls ended and how long they took. A bus calls it in the
/// way of the handler inside. Counting takes no lock and allocates nothing once each thread has made a call. An
/// <see cref="OperationCanceledException"/> counts as cancelled; one of an asynchronous handler only if its token was cancelled or is
/// the exception's. As thread-safe as the handler it decorates.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class StatsEventHandler<T> : IBusHandler<T>, IAsyncBusHandler<T>, IHandlerStatisticsSource, IRetryCounter, IEitherHandler
    where T : IEvent<T>
{
    private readonly IBusHandler<T>? _handler;
    private readonly AsyncStatsEventHandler<T>? _async;
    private readonly HandlerMeter? _meter;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    [OverloadResolutionPriority(1)]
    public StatsEventHandler(IBusHandler<T> handler, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
        {
            _async = new AsyncStatsEventHandler<T>((IAsyncBusHandler<T>)handler, timeProvider);
            return;
        }

        _handler = handler;
        _meter = new HandlerMeter(timeProvider ?? TimeProvider.System, handler as IRetryCounter);
    }

    /// <summary>Decorates an asynchronous handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    public StatsEventHandler(IAsyncBusHandler<T> handler, TimeProvider? timeProvider = null) =>
        _async = new AsyncStatsEventHandler<T>(handler, timeProvider);

    bool IEitherHandler.IsAsync => _async is not null;

    long IRetryCounter.RetryCount => _meter?.RetryCount ?? ((IRetryCounter)_async!).RetryCount;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The handler inside is asynchronous.</exception>
    public void Handle(in T @event, EventContext context)
    {
        if (_handler is null)
            throw EitherHandlers.IsAsynchronous(nameof(StatsEventHandler<>));
        long start = _meter!.Start();
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
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken)
    {
        if (_async is not null)
            return _async.HandleAsync(@event, context, cancellationToken);
        Handle(@event, context);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public HandlerStatistics GetStatistics() => _meter?.Read() ?? _async!.GetStatistics();
}
