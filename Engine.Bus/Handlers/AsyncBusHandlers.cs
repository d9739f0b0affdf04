using Engine.Events;

namespace Engine.Bus;

/// <summary>Handles events of one type from a bus without holding a thread while it waits. Called from threads of the pool.</summary>
/// <remarks>
/// What it publishes before its task is complete is caused by the event, after an <c>await</c> too. Work that it starts and does not
/// wait for keeps no hold of the event: what that publishes later may count as caused by a later event of the subscription.
/// </remarks>
/// <typeparam name="T">The event type.</typeparam>
public interface IAsyncBusHandler<T>
    where T : IEvent<T>
{
    /// <summary>Handles one event. An exception is counted and reported; the other handlers still get the event.</summary>
    /// <param name="event">The event.</param>
    /// <param name="context">What is known beside the payload; valid until the returned task is complete.</param>
    /// <param name="cancellationToken">Cancelled when the subscription ends or the bus stops without waiting any longer.</param>
    ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken);
}

/// <summary>Handles events of any type from a bus, without boxing and without holding a thread while it waits.</summary>
public interface IAsyncBusAnyHandler
{
    /// <summary>Handles one event. An exception is counted and reported; the other handlers still get the event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="context">What is known beside the payload; valid until the returned task is complete.</param>
    /// <param name="cancellationToken">Cancelled when the subscription ends or the bus stops without waiting any longer.</param>
    ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T>;
}
