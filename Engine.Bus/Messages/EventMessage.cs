using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// One delivery of an event to a message subscription, to be settled once: by <see cref="Ack"/>, <see cref="Nack(TimeSpan?)"/>,
/// <see cref="Release"/>, <see cref="Park"/> or <see cref="Skip"/>. A handle to it may be copied and kept; it never
/// settles another delivery and never shows another message. Ids, times and payload can be read until the message is settled for
/// good: acked, skipped, dropped, discarded or stored; then they throw <see cref="InvalidOperationException"/>. Event type, sequence and
/// attempt stay. All members are thread-safe; the verbs take the subscription's lock for a moment.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public readonly struct EventMessage : IEquatable<EventMessage>
{
    private readonly MessageEntry? _entry;
    private readonly int _generation;

    internal EventMessage(MessageEntry entry)
    {
        _entry = entry;
        _generation = entry.Generation;
        Sequence = entry.Sequence;
        Attempt = entry.FailedAttempts + 1;
    }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType => Entry.EventType;

    /// <summary>Identifies the event; the same at every attempt and in every subscription.</summary>
    public Guid Id => Identity.Id;

    /// <summary>Identifies the whole that the event belongs to.</summary>
    public Guid CorrelationId => Identity.CorrelationId;

    /// <summary>The id of the event that caused this one; empty if there is none.</summary>
    public Guid CausationId => Identity.CausationId;

    /// <summary>
    /// Ids for an event that the handling of this one publishes: the same correlation, caused by this event and deeper than it, so
    /// that loops are found. Handlers that
    /// <see cref="MessageSubscription.RunAsync(Func{EventMessage, CancellationToken, ValueTask}, int, CancellationToken)"/> or its like
    /// calls need not give them.
    /// </summary>
    public EventIds CausedIds
    {
        get
        {
            MessageIdentity cause = Identity;
            return new EventIds { CorrelationId = cause.CorrelationId, CausationId = cause.Id, Depth = cause.Depth + 1 };
        }
    }

    /// <summary>Which attempt this delivery is, from 1. One that was released is not counted.</summary>
    public int Attempt { get; }

    /// <summary>The message's number within the subscription, from 1; the same at every attempt.</summary>
    public long Sequence { get; }

    /// <summary>Whether the event is delivered again from history, not published now.</summary>
    public bool IsReplay => Identity.IsReplay;

    /// <summary>When the event was published.</summary>
    public DateTimeOffset PublishedAt => Identity.PublishedAt;

    /// <summary>
    /// What the publisher said of the event: source, key, time of occurrence, metadata; empty if it said nothing. As on
    /// <see cref="EventContext"/>, the source is then the bus, and the time that of publication.
    /// </summary>
    public EventDetails Details => Entry.DetailsOf(Sequence);

    /// <summary>When the lease ends; null when this delivery is settled or stale.</summary>
    public DateTimeOffset? LeaseExpiresAt => Entry.Queue.LeaseExpiresAt(Entry, Sequence, _generation);

    private MessageIdentity Identity => Entry.IdentityOf(Sequence);

    private MessageEntry Entry => _entry ?? throw new InvalidOperationException(
        $"This {nameof(EventMessage)} is a default value; messages come from a {nameof(MessageSubscription)}.");

    /// <summary>Whether two handles stand for the same delivery.</summary>
    public static bool operator ==(EventMessage left, EventMessage right) => left.Equals(right);

    /// <summary>Whether two handles stand for different deliveries.</summary>
    public static bool operator !=(EventMessage left, EventMessage right) => !left.Equals(right);

    /// <summary>Gets the payload if it is of a type. Does not box.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The payload.</param>
    /// <returns>Whether the event is of that type.</returns>
    public bool TryGet<T>([NotNullWhen(true)] out T? @event)
        where T : IEvent<T>
    {
        bool isOfType = Entry is MessageEntry<T>;
        @event = isOfType ? ((MessageEntry<T>)Entry).PayloadOf(Sequence) : default;
        return isOfType;
    }

    /// <summary>Gives the payload, whatever its type, to a visitor. Does not box.</summary>
    /// <typeparam name="TVisitor">The type of the visitor.</typeparam>
    /// <param name="visitor">Called once, on the calling thread. What it throws comes back to the caller.</param>
    public void Accept<TVisitor>(ref TVisitor visitor)
        where TVisitor : IEventVisitor => Entry.AcceptOf(Sequence, ref visitor);

    /// <summary>Settles the delivery: the event is handled.</summary>
    public SettlementOutcome Ack() => Entry.Queue.Ack(Entry, Sequence, _generation);

    /// <summary>Settles the delivery: it failed. The message is handed out again, or parked after the last attempt.</summary>
    /// <param name="delay">
    /// When to hand it out again, zero or longer; by default after a delay that grows with each attempt. Below a millisecond, the second
    /// and later times running are after a pause that grows from 10 ms to a second.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or longer than 24 days.</exception>
    public SettlementOutcome Nack(TimeSpan? delay = null) =>
        Entry.Queue.Nack(Entry, Sequence, _generation, "The handler refused it.", null, delay);

    /// <summary>Settles the delivery: it failed with an exception, which is kept for whoever looks at it when it is parked.</summary>
    /// <param name="error">What the handler threw.</param>
    /// <param name="delay">When to hand it out again, zero or longer; by default after a delay that grows with each attempt.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or longer than 24 days.</exception>
    public SettlementOutcome Nack(Exception error, TimeSpan? delay = null)
    {
        ArgumentNullException.ThrowIfNull(error);
        return Entry.Queue.Nack(Entry, Sequence, _generation, ReasonOf(error), error, delay);
    }

    /// <summary>Makes the lease end later or earlier.</summary>
    /// <param name="lease">The lease's new length from now, above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lease is not above zero or longer than 24 days.</exception>
    public SettlementOutcome Extend(TimeSpan lease) => Entry.Queue.Extend(Entry, Sequence, _generation, lease);

    /// <summary>Settles the delivery: the message is given up and kept with the parked ones.</summary>
    /// <param name="reason">Why.</param>
    public SettlementOutcome Park(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return Entry.Queue.Park(Entry, Sequence, _generation, reason);
    }

    /// <summary>Settles the delivery: the event needs no handling.</summary>
    public SettlementOutcome Skip() => Entry.Queue.Skip(Entry, Sequence, _generation);

    /// <summary>
    /// Settles the delivery: the message goes back as if it had not been handed out, and the attempt is not counted. For consumers that
    /// end.
    /// </summary>
    /// <param name="delay">
    /// When to hand it out again, zero or longer; by default at once. Below a millisecond, the second and later times running are after a
    /// pause that grows from 10 ms to a second, so that a consumer that gives everything back is no busy loop.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or longer than 24 days.</exception>
    public SettlementOutcome Release(TimeSpan delay = default) =>
        Entry.Queue.Release(Entry, Sequence, _generation, delay, isReturned: true);

    /// <inheritdoc/>
    public bool Equals(EventMessage other) =>
        _entry == other._entry && Sequence == other.Sequence && _generation == other._generation;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EventMessage other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_entry, Sequence, _generation);

    /// <summary>The event's name, sequence and attempt.</summary>
    public override string ToString() => _entry is null ? "no message" : $"{EventType.Name} #{Sequence}, attempt {Attempt}";

    /// <summary>The payload, whose type the caller knows.</summary>
    internal T PayloadAs<T>()
        where T : IEvent<T> =>
        ((MessageEntry<T>)Entry).PayloadOf(Sequence);

    // An exception of the handler's is foreign code too.
    private static string ReasonOf(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception)
        {
            return error.GetType().Name;
        }
    }

    /// <summary>Whether the consumer gave this delivery back or up: by a nack, a release, or by parking it.</summary>
    internal bool IsReturned => Entry.Queue.IsReturned(Entry, Sequence, _generation);

    /// <summary>Puts the message off because another delivery of it is at work, which is no verdict of a consumer.</summary>
    internal SettlementOutcome PutOff(TimeSpan delay) => Entry.Queue.Release(Entry, Sequence, _generation, delay, isReturned: false);
}
