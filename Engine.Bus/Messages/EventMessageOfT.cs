using System.Diagnostics;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// One delivery of an event of one type to a message subscription, to be settled once. What holds for <see cref="EventMessage"/> holds
/// here too; where one of any type is asked for, it is that too (<see cref="Untyped"/>). All members are thread-safe.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public readonly struct EventMessage<T> : IEquatable<EventMessage<T>>
    where T : IEvent<T>
{
    internal EventMessage(EventMessage untyped) => Untyped = untyped;

    /// <summary>The same delivery, without its type.</summary>
    public EventMessage Untyped { get; }

    /// <summary>The event. A copy if it is a struct. Can be read until the message is settled for good.</summary>
    /// <exception cref="InvalidOperationException">The message is settled, or this is a default value.</exception>
    public T Payload => Untyped.PayloadAs<T>();

    /// <inheritdoc cref="EventMessage.EventType"/>
    public EventDescriptor EventType => Untyped.EventType;

    /// <inheritdoc cref="EventMessage.Id"/>
    public Guid Id => Untyped.Id;

    /// <inheritdoc cref="EventMessage.CorrelationId"/>
    public Guid CorrelationId => Untyped.CorrelationId;

    /// <inheritdoc cref="EventMessage.CausationId"/>
    public Guid CausationId => Untyped.CausationId;

    /// <inheritdoc cref="EventMessage.CausedIds"/>
    public EventIds CausedIds => Untyped.CausedIds;

    /// <inheritdoc cref="EventMessage.Attempt"/>
    public int Attempt => Untyped.Attempt;

    /// <inheritdoc cref="EventMessage.Sequence"/>
    public long Sequence => Untyped.Sequence;

    /// <inheritdoc cref="EventMessage.IsReplay"/>
    public bool IsReplay => Untyped.IsReplay;

    /// <inheritdoc cref="EventMessage.PublishedAt"/>
    public DateTimeOffset PublishedAt => Untyped.PublishedAt;

    /// <inheritdoc cref="EventMessage.Details"/>
    public EventDetails Details => Untyped.Details;

    /// <inheritdoc cref="EventMessage.LeaseExpiresAt"/>
    public DateTimeOffset? LeaseExpiresAt => Untyped.LeaseExpiresAt;

    /// <summary>The same delivery, without its type.</summary>
    /// <param name="message">The delivery.</param>
    public static implicit operator EventMessage(EventMessage<T> message) => message.Untyped;

    /// <summary>Whether two handles stand for the same delivery.</summary>
    public static bool operator ==(EventMessage<T> left, EventMessage<T> right) => left.Equals(right);

    /// <summary>Whether two handles stand for different deliveries.</summary>
    public static bool operator !=(EventMessage<T> left, EventMessage<T> right) => !left.Equals(right);

    /// <inheritdoc cref="EventMessage.Ack"/>
    public SettlementOutcome Ack() => Untyped.Ack();

    /// <inheritdoc cref="EventMessage.Nack(TimeSpan?)"/>
    public SettlementOutcome Nack(TimeSpan? delay = null) => Untyped.Nack(delay);

    /// <inheritdoc cref="EventMessage.Nack(Exception, TimeSpan?)"/>
    public SettlementOutcome Nack(Exception error, TimeSpan? delay = null) => Untyped.Nack(error, delay);

    /// <inheritdoc cref="EventMessage.Extend"/>
    public SettlementOutcome Extend(TimeSpan lease) => Untyped.Extend(lease);

    /// <inheritdoc cref="EventMessage.Park"/>
    public SettlementOutcome Park(string reason) => Untyped.Park(reason);

    /// <inheritdoc cref="EventMessage.Skip"/>
    public SettlementOutcome Skip() => Untyped.Skip();

    /// <inheritdoc cref="EventMessage.Release"/>
    public SettlementOutcome Release(TimeSpan delay = default) => Untyped.Release(delay);

    /// <inheritdoc/>
    public bool Equals(EventMessage<T> other) => Untyped.Equals(other.Untyped);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EventMessage<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Untyped.GetHashCode();

    /// <summary>The event's name, sequence and attempt.</summary>
    public override string ToString() => Untyped.ToString();
}
