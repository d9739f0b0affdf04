using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Hosting;

/// <summary>
/// Subscribes lambdas and methods without <c>in</c> to an engine. Events and envelopes are copied for them, which costs more than the
/// members of <see cref="EventEngine"/> do; for floods of events there are handlers of batches.
/// </summary>
public static class EventEngineLambdaExtensions
{
    /// <summary>Subscribes a handler of single events.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="engine">The engine.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    public static Subscription Subscribe<T>(this EventEngine engine, Action<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        Check(engine, handler);
        return engine.Subscribe((in T @event, in Envelope _) => handler(@event), options);
    }

    /// <inheritdoc cref="Subscribe{T}(EventEngine, Action{T}, SubscriptionOptions{T})"/>
    public static Subscription Subscribe<T>(
        this EventEngine engine, Action<T, Envelope> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        Check(engine, handler);
        return engine.Subscribe((in T @event, in Envelope envelope) => handler(@event, envelope), options);
    }

    /// <summary>Subscribes a handler of batches.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="engine">The engine.</param>
    /// <param name="handler">The handler; the events are valid during the call only.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    public static Subscription SubscribeBatch<T>(
        this EventEngine engine, Action<ReadOnlySpan<T>> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        Check(engine, handler);
        return engine.SubscribeBatch((ReadOnlySpan<T> events, in Envelope _) => handler(events), options);
    }

    /// <inheritdoc cref="SubscribeBatch{T}(EventEngine, Action{ReadOnlySpan{T}}, SubscriptionOptions{T})"/>
    public static Subscription SubscribeBatch<T>(
        this EventEngine engine, Action<ReadOnlySpan<T>, Envelope> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        Check(engine, handler);
        return engine.SubscribeBatch((ReadOnlySpan<T> events, in Envelope envelope) => handler(events, envelope), options);
    }

    private static void Check(EventEngine engine, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(handler);
    }
}
