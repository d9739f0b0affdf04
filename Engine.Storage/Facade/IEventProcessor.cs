using Engine.Storage.Records;
using Engine.Storage.Subscriptions;

namespace Engine.Storage.Facade;

/// <summary>What is registered under an id for event types.</summary>
public interface IRegistered
{
    /// <summary>What it is known by; the same after a restart, for its place in the store is kept under it.</summary>
    string Id { get; }
}

/// <summary>
/// Works on stored events, each at least once, also after a crash, in their order. Called for one event at a time, beside a replay.
/// </summary>
public interface IEventProcessor : IRegistered
{
    /// <summary>A name to be shown.</summary>
    string Name { get; }

    /// <summary>Works on an event. To throw is to fail: it is tried again, and becomes a dead letter at last.</summary>
    /// <param name="delivery">The event; a replay has no effects on others.</param>
    /// <param name="cancellationToken">Cancelled when the time limit is over or the processor is to end.</param>
    ValueTask ProcessAsync(EventDelivery delivery, CancellationToken cancellationToken);
}

/// <summary>Carries stored events out, such as to a broker, each at least once, in their order.</summary>
public interface IEventPublisher : IRegistered
{
    /// <summary>A name to be shown.</summary>
    string Name { get; }

    /// <summary>Publishes an event. To throw is to fail, as for a processor.</summary>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Cancelled when the time limit is over or the publisher is to end.</param>
    ValueTask<PublishConfirmation> PublishAsync(StoredEvent @event, CancellationToken cancellationToken);
}

/// <summary>What a publisher says of an event.</summary>
public enum PublishConfirmation
{
    /// <summary>Somebody else has it, as durably as they keep it.</summary>
    Confirmed,

    /// <summary>It was not taken; it is tried again.</summary>
    Refused,
}

/// <summary>
/// Gets events from the bus as they come, from a queue of its own. Nothing is repeated after a crash, and where it is slower than the
/// events the oldest are lost and counted: what must not be lost is a processor's business.
/// </summary>
public interface IEventSubscriber : IRegistered
{
    /// <summary>Handles an event. What it throws is counted and reported; the others still get the event.</summary>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Cancelled when the subscription ends.</param>
    ValueTask HandleEventAsync(StoredEvent @event, CancellationToken cancellationToken);
}

/// <summary>A subscriber made of a delegate.</summary>
/// <param name="id">What it is known by.</param>
/// <param name="handler">Handles an event.</param>
public sealed class DefaultEventHandler(string id, Func<StoredEvent, CancellationToken, ValueTask> handler) : IEventSubscriber
{
    /// <inheritdoc/>
    public string Id { get; } = id;

    /// <inheritdoc/>
    public ValueTask HandleEventAsync(StoredEvent @event, CancellationToken cancellationToken) => handler(@event, cancellationToken);
}

/// <summary>A processor made of a delegate.</summary>
/// <param name="id">What it is known by.</param>
/// <param name="process">Works on an event.</param>
/// <param name="name">A name to be shown; null for the id.</param>
public sealed class DelegateEventProcessor(string id, StoredEventAction process, string? name = null) : IEventProcessor
{
    /// <inheritdoc/>
    public string Id { get; } = id;

    /// <inheritdoc/>
    public string Name { get; } = name ?? id;

    /// <inheritdoc/>
    public ValueTask ProcessAsync(EventDelivery delivery, CancellationToken cancellationToken) => process(delivery, cancellationToken);
}
