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
public sealed class StatsEventHandler<T> : IBusHandler<T>, IAsyncBusHandler<T>, IRetryCounter, IEitherHandler
    where T : IEvent<T>
{
    private readonly IBusHandler<T>? _handler;
    private readonly IAsyncBusHandler<T>? _async;
    private readonly HandlerMeter _meter;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    [OverloadResolutionPriority(1)]
    public StatsEventHandler(IBusHandler<T> handler, TimeProvider? timeProvider = null)
        : this(handler as IRetryCounter, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
            _async = (IAsyncBusHandler<T>)handler;
        else
            _handler = handler;
    }

    /// <summary>Decorates an asynchronous handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    public StatsEventHandler(IAsyncBusHandler<T> handler, TimeProvider? timeProvider = null)
        : this(handler as IRetryCounter, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        _async = handler;
    }

    private StatsEventHandler(IRetryCounter? retries, TimeProvider? timeProvider) =>
        _meter = new HandlerMeter(timeProvider ?? TimeProvider.System, retries);

    bool IEitherHandler.IsAsync => _async is not null;

    long IRetryCounter.RetryCount => _meter.RetryCount;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The handler inside is asynchronous.</exception>
    public void Handle(in T @event, EventContext context)
    {
        if (_handler is null)
            throw EitherHandlers.IsAsynchronous(nameof(StatsEventHandler<>));
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
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken)
    {
        if (_async is null)
        {
            Handle(@event, context);
            return ValueTask.CompletedTask;
        }

        return _meter.MakeAsync(new DecoratedCall<T>(null, _async, @event, context), cancellationToken);
    }

    /// <summary>Reads the statistics. Thread-safe; adds up the threads' cells, delays no handler.</summary>
    public HandlerStatistics GetStatistics() => _meter.Read();
}
