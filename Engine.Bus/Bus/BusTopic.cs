using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Publish;

namespace Engine.Bus;

/// <summary>
/// An event type on a bus, for publishers: a handle of one reference, to be kept in a field by whoever publishes often, because
/// it saves the look-up by type. Valid for the life of the bus. All members are thread-safe. The default value is no topic;
/// using it throws <see cref="NullReferenceException"/>.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public readonly struct BusTopic<T>
    where T : IEvent<T>
{
    private readonly TopicRuntime<T> _runtime;

    internal BusTopic(TopicRuntime<T> runtime) => _runtime = runtime;

    /// <summary>The event type.</summary>
    public EventDescriptor EventType => _runtime.Descriptor;

    /// <summary>Whether anybody is subscribed, by type or by pattern. One load; test it before building an event.</summary>
    public bool HasSubscribers => _runtime.SubscriptionCount > 0;

    /// <inheritdoc cref="IEventBus.Publish{T}(in T)"/>
    /// <param name="event">The event.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PublishOutcome Publish(in T @event) => _runtime.Publish(@event);

    /// <inheritdoc cref="IEventBus.Publish{T}(in T, in EventIds)"/>
    /// <param name="event">The event.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    public PublishOutcome Publish(in T @event, in EventIds ids) => _runtime.Publish(@event, ids, waits: null);

    /// <inheritdoc cref="IEventBus.PublishAsync{T}(T, EventIds, CancellationToken)"/>
    /// <param name="event">The event.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    /// <param name="cancellationToken">Ends the wait. Subscriptions that had room have the event all the same.</param>
    public ValueTask<PublishOutcome> PublishAsync(T @event, EventIds ids = default, CancellationToken cancellationToken = default) =>
        _runtime.PublishAsync(@event, ids, cancellationToken);

    /// <summary>The event type's name and the bus's.</summary>
    public override string ToString() => _runtime is null ? "no topic" : $"{EventType.Name} on bus \"{_runtime.Core.Name}\"";
}
