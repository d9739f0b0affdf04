using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// A message of one subscription, through all its deliveries. Never used for another message, so that an old
/// handle can do no harm. Identity and payload never change; the rest is guarded by the queue's lock.
/// </summary>
internal abstract class MessageEntry
{
    public readonly MessageQueue Queue;
    public readonly DateTimeOffset PublishedAt;

    /// <summary>What the bus knows of the event, its cause and its depth included; a copy.</summary>
    public readonly EventContext Context = new();

    protected MessageEntry(MessageQueue queue, EventContext context, DateTimeOffset publishedAt)
    {
        Queue = queue;
        PublishedAt = publishedAt;
        Context.CopyFrom(context);
    }

    /// <summary>Number within the subscription, from 1; given when the message leaves the stack of new messages.</summary>
    public long Sequence;

    /// <summary>End of the lease or of the delay, in timestamp ticks of the clock.</summary>
    public long Deadline;

    /// <summary>Until when its runner renews the lease; 0 when nobody does.</summary>
    public long RenewUntil;

    /// <summary>Place in the heap of deadlines; -1 when in none.</summary>
    public int HeapIndex = -1;

    /// <summary>Deliveries so far. A handle with another number is stale.</summary>
    public int Generation;

    /// <summary>The latest delivery whose consumer gave the message back or up.</summary>
    public int ReturnedGeneration;

    /// <summary>Deliveries that failed since the message was published or requeued.</summary>
    public int FailedAttempts;

    public MessageState State;

    /// <summary>What the latest failures were; null before the first.</summary>
    public MessageFailure? Failure;

    /// <summary>The next in the stack of new messages or in a queue.</summary>
    public MessageEntry? Next;

    /// <summary>Neighbours in the list of messages never settled, in order of sequence.</summary>
    public MessageEntry? Older;

    public MessageEntry? Newer;

    public bool IsUnsettled;

    /// <summary>Gives the payload to a visitor, with its type.</summary>
    public abstract void Accept<TVisitor>(ref TVisitor visitor)
        where TVisitor : IEventVisitor;
}

/// <summary>A message with its payload, copied from the publisher.</summary>
internal sealed class MessageEntry<T>(MessageQueue queue, in T payload, EventContext context, DateTimeOffset publishedAt)
    : MessageEntry(queue, context, publishedAt)
    where T : IEvent<T>
{
    public readonly T Payload = payload;

    public override void Accept<TVisitor>(ref TVisitor visitor) => visitor.Visit(Payload);
}
