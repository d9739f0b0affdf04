using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>Makes handlers of a bus from delegates, for places that take the interfaces. All are as thread-safe as the delegate.</summary>
public static class BusHandler
{
    /// <summary>Makes a handler of one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="action">Called for each event.</param>
    public static IBusHandler<T> Create<T>(BusAction<T> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new DelegateEventHandler<T>(action);
    }

    /// <summary>Makes an asynchronous handler of one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="action">Called for each event.</param>
    public static IAsyncBusHandler<T> CreateAsync<T>(AsyncBusAction<T> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AsyncDelegateEventHandler<T>(action);
    }

    /// <summary>Makes a handler of any event type that needs no payload.</summary>
    /// <param name="action">Called with what is known beside the payload.</param>
    public static IBusAnyHandler CreateAny(Action<EventContext> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AnyDelegateEventHandler(action);
    }

    /// <summary>Makes an asynchronous handler of any event type that needs no payload.</summary>
    /// <param name="action">Called with what is known beside the payload.</param>
    public static IAsyncBusAnyHandler CreateAnyAsync(Func<EventContext, CancellationToken, ValueTask> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AnyAsyncDelegateEventHandler(action);
    }

    /// <summary>Tries a handler again when it fails.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How often and when.</param>
    /// <param name="timeProvider">The clock that delays are scheduled on; by default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static RetryEventHandler<T> WithRetry<T>(this IBusHandler<T> handler, RetryOptions options, TimeProvider? timeProvider = null)
        where T : IEvent<T> =>
        new(handler, options, timeProvider);

    /// <inheritdoc cref="WithRetry{T}(IBusHandler{T}, RetryOptions, TimeProvider)"/>
    public static RetryEventHandler<T> WithRetry<T>(
        this IAsyncBusHandler<T> handler, RetryOptions options, TimeProvider? timeProvider = null)
        where T : IEvent<T> =>
        new(handler, options, timeProvider);

    /// <summary>Keeps statistics of a handler.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="statistics">Where to read them.</param>
    public static IBusHandler<T> WithStats<T>(this IBusHandler<T> handler, out IHandlerStatisticsSource statistics)
        where T : IEvent<T>
    {
        var counted = new StatsEventHandler<T>(handler);
        statistics = counted;
        return counted;
    }

    /// <inheritdoc cref="WithStats{T}(IBusHandler{T}, out IHandlerStatisticsSource)"/>
    public static IAsyncBusHandler<T> WithStats<T>(this IAsyncBusHandler<T> handler, out IHandlerStatisticsSource statistics)
        where T : IEvent<T>
    {
        var counted = new AsyncStatsEventHandler<T>(handler);
        statistics = counted;
        return counted;
    }
}
