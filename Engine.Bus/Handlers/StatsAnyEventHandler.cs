using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>
/// Keeps statistics of a handler of events of any type, which is subscribed by a name or a pattern, synchronous or asynchronous.
/// Otherwise as <see cref="StatsEventHandler{T}"/>.
/// </summary>
public sealed class StatsEventHandler : IBusAnyHandler, IAsyncBusAnyHandler, IRetryCounter, IEitherHandler
{
    private readonly IBusAnyHandler? _handler;
    private readonly IAsyncBusAnyHandler? _async;
    private readonly HandlerMeter _meter;

    /// <summary>Decorates a handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    [OverloadResolutionPriority(1)]
    public StatsEventHandler(IBusAnyHandler handler, TimeProvider? timeProvider = null)
        : this(handler as IRetryCounter, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is IEitherHandler { IsAsync: true })
            _async = (IAsyncBusAnyHandler)handler;
        else
            _handler = handler;
    }

    /// <summary>Decorates an asynchronous handler.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    public StatsEventHandler(IAsyncBusAnyHandler handler, TimeProvider? timeProvider = null)
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
    public void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T>
    {
        if (_handler is null)
            throw EitherHandlers.IsAsynchronous(nameof(StatsEventHandler));
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
    public ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        if (_async is null)
        {
            Handle(@event, context);
            return ValueTask.CompletedTask;
        }

        return _meter.MakeAsync(new DecoratedAnyCall<T>(null, _async, @event, context), cancellationToken);
    }

    /// <summary>Reads the statistics. Thread-safe; adds up the threads' cells, delays no handler.</summary>
    public HandlerStatistics GetStatistics() => _meter.Read();
}
