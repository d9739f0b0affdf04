using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>Makes handlers of a bus from delegates, for places that take the interfaces. All are as thread-safe as the delegate.</summary>
public static class BusHandler
{
    /// <summary>Makes a handler of one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="action">Called for each event.</param>
    [OverloadResolutionPriority(1)]
    public static IBusHandler<T> Create<T>(BusAction<T> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new DelegateEventHandler<T>(action);
    }

    /// <inheritdoc cref="Create{T}(BusAction{T})"/>
    public static IBusHandler<T> Create<T>(Action<T> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new DelegateEventHandler<T>((in T @event, EventContext _) => action(@event));
    }

    /// <inheritdoc cref="Create{T}(BusAction{T})"/>
    public static IBusHandler<T> Create<T>(Action<T, EventContext> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new DelegateEventHandler<T>((in T @event, EventContext context) => action(@event, context));
    }

    /// <summary>Makes an asynchronous handler of one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="action">Called for each event.</param>
    [OverloadResolutionPriority(1)]
    public static IAsyncBusHandler<T> CreateAsync<T>(Func<T, EventContext, CancellationToken, ValueTask> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AsyncDelegateEventHandler<T>(action);
    }

    /// <inheritdoc cref="CreateAsync{T}(Func{T, EventContext, CancellationToken, ValueTask})"/>
    public static IAsyncBusHandler<T> CreateAsync<T>(Func<T, Task> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AsyncDelegateEventHandler<T>((@event, _, _) => new ValueTask(action(@event)));
    }

    /// <inheritdoc cref="CreateAsync{T}(Func{T, EventContext, CancellationToken, ValueTask})"/>
    public static IAsyncBusHandler<T> CreateAsync<T>(Func<T, EventContext, Task> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AsyncDelegateEventHandler<T>((@event, context, _) => new ValueTask(action(@event, context)));
    }

    /// <inheritdoc cref="CreateAsync{T}(Func{T, EventContext, CancellationToken, ValueTask})"/>
    public static IAsyncBusHandler<T> CreateAsync<T>(Func<T, EventContext, CancellationToken, Task> action)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(action);
        return new AsyncDelegateEventHandler<T>((@event, context, token) => new ValueTask(action(@event, context, token)));
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
    [OverloadResolutionPriority(1)]
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
    [OverloadResolutionPriority(1)]
    public static IBusHandler<T> WithStats<T>(this IBusHandler<T> handler, out StatsEventHandler<T> statistics)
        where T : IEvent<T>
    {
        var counted = new StatsEventHandler<T>(handler);
        statistics = counted;
        return counted;
    }

    /// <inheritdoc cref="WithStats{T}(IBusHandler{T}, out StatsEventHandler{T})"/>
    public static IAsyncBusHandler<T> WithStats<T>(this IAsyncBusHandler<T> handler, out StatsEventHandler<T> statistics)
        where T : IEvent<T>
    {
        var counted = new StatsEventHandler<T>(handler);
        statistics = counted;
        return counted;
    }
}
