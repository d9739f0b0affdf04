using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Hosting;

// Lambdas and methods without "in".
public sealed partial class EventEngine
{
    /// <summary>
    /// Subscribes a handler of single events that are copied for it, which costs more than a handler with <c>in</c>; for floods of events
    /// there are handlers of batches.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    public Subscription Subscribe<T>(Action<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe((in T @event, in Envelope _) => handler(@event), options);
    }

    /// <inheritdoc cref="Subscribe{T}(Action{T}, SubscriptionOptions{T})"/>
    public Subscription Subscribe<T>(Action<T, Envelope> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe((in T @event, in Envelope envelope) => handler(@event, envelope), options);
    }

    /// <summary>Subscribes a handler of batches.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler; the events are valid during the call only.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    public Subscription SubscribeBatch<T>(Action<ReadOnlySpan<T>> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SubscribeBatch((ReadOnlySpan<T> events, in Envelope _) => handler(events), options);
    }

    /// <inheritdoc cref="SubscribeBatch{T}(Action{ReadOnlySpan{T}}, SubscriptionOptions{T})"/>
    public Subscription SubscribeBatch<T>(Action<ReadOnlySpan<T>, Envelope> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SubscribeBatch((ReadOnlySpan<T> events, in Envelope envelope) => handler(events, envelope), options);
    }
}
