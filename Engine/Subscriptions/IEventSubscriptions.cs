using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>Where handlers subscribe to event types. All members are thread-safe and never block a publisher.</summary>
public interface IEventSubscriptions : IEventSource
{
    /// <summary>
    /// Subscribes a handler of single events. It gets events published from some moment during this call on, and those that
    /// other subscriptions had left buffered.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    Subscription Subscribe<T>(IEventHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>;

    /// <summary>
    /// Subscribes a handler of batches. It gets events published from some moment during this call on, and those that other
    /// subscriptions had left buffered.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    Subscription SubscribeBatch<T>(IBatchHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>;

    /// <summary>Shows all event types that can be subscribed to, in no particular order.</summary>
    /// <param name="visitor">Is shown them, on the calling thread.</param>
    void VisitEventTypes(IEventTypeVisitor visitor);

    IDisposable IEventSource.Observe<T>(BatchAction<T> handler, SubscriptionOptions<T>? options)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SubscribeBatch(new DelegateBatchHandler<T>(handler), options);
    }
}
