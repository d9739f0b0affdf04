using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>
/// Where handlers of unmanaged events can get them, whatever carries them: an engine's lanes or a bus. All members are
/// thread-safe and never block a publisher.
/// </summary>
public interface IEventSource
{
    /// <summary>
    /// Subscribes a handler of batches. An engine hands over what lies in a row in its ring; a bus one event at a time, on the
    /// publisher's thread, which may be several at once.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">
    /// How it is delivered. A bus takes name, priority and filter of them; it loses nothing, so nobody is told of losses.
    /// </param>
    /// <returns>Ends the subscription when it is disposed.</returns>
    /// <exception cref="ArgumentException">A bus is asked for what only an engine has: boundaries, a region, no repeats.</exception>
    /// <exception cref="InvalidOperationException">
    /// The event type is not registered with the engine, or the bus has been stopped.
    /// </exception>
    IDisposable Observe<T>(BatchAction<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>;
}
