using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>A message whose delivery was given up. Immutable.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ParkedMessage
{
    internal ParkedMessage(string subscription, MessageEntry entry)
    {
        Subscription = subscription;
        Entry = entry;
        Sequence = entry.Sequence;
        Attempts = entry.FailedAttempts;
        Failure = entry.Failure!;
    }

    /// <summary>Name of the subscription.</summary>
    public string Subscription { get; }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType => Entry.EventType;

    /// <summary>Identifies the event.</summary>
    public Guid Id => Entry.Context.Id;

    /// <summary>Identifies the whole that the event belongs to.</summary>
    public Guid CorrelationId => Entry.Context.CorrelationId;

    /// <summary>The id of the event that caused this one; empty if there is none.</summary>
    public Guid CausationId => Entry.Context.CausationId;

    /// <summary>The message's number within the subscription.</summary>
    public long Sequence { get; }

    /// <summary>When the event was published.</summary>
    public DateTimeOffset PublishedAt => Entry.Context.PublishedAt;

    /// <summary>
    /// What the publisher said of the event: source, key, time of occurrence, metadata; empty if it said nothing. As on
    /// <see cref="EventContext"/>, the source is then the bus, and the time that of publication.
    /// </summary>
    public EventDetails Details => Entry.Context.Details ?? EventContext.NoDetails;

    /// <summary>Attempts that failed, the one that parked it included.</summary>
    public int Attempts { get; }

    /// <summary>Why and when it failed.</summary>
    public MessageFailure Failure { get; }

    internal MessageEntry Entry { get; }

    /// <summary>Gets the payload if it is of a type. Does not box.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The payload.</param>
    /// <returns>Whether the event is of that type.</returns>
    public bool TryGet<T>([NotNullWhen(true)] out T? @event)
        where T : IEvent<T>
    {
        bool isOfType = Entry is MessageEntry<T>;
        @event = isOfType ? ((MessageEntry<T>)Entry).Payload : default;
        return isOfType;
    }

    /// <summary>Gives the payload, whatever its type, to a visitor. Does not box.</summary>
    /// <typeparam name="TVisitor">The type of the visitor.</typeparam>
    /// <param name="visitor">Called once, on the calling thread. What it throws comes back to the caller.</param>
    public void Accept<TVisitor>(ref TVisitor visitor)
        where TVisitor : IEventVisitor => Entry.Accept(ref visitor);

    /// <summary>The event's name, sequence and the reason.</summary>
    public override string ToString() => $"{EventType.Name} #{Sequence}: {Failure.Reason}";
}
