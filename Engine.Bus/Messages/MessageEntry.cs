using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>
/// A message of one subscription, through all its deliveries. When it has been settled for good it may be used for another one of
/// the same event type, but only after a single delivery. So a handle whose sequence is not the entry's stands for a delivery that
/// was settled, and one whose sequence is the entry's can be told from later deliveries by their number. Filled by the publisher;
/// then guarded by the queue's lock, but for what handles read.
/// <code>
/// Reader     1. load-acquire Readable: the handle's sequence, or the message is gone
///            2. copy identity or payload
///            3. read barrier, load Readable again: the same, or the copy is thrown away
///
/// Reuse      1. store Readable = 0, write barrier       (in the lock, when the message is settled for good)
///            2. clear the payload; a publisher fills in another
///            3. store-release Readable = the new sequence (in the lock, when the new message is handed out)
///
/// Order      The write barrier keeps the zero (1) before the new bytes (2); partner: the read barrier between copy (2) and second
///            look (3). Without the pair a handle could read another message's bytes and still find its own sequence. Sequences
///            never come again, so a second look that finds the same has missed no reuse.
/// </code>
/// </summary>
internal abstract class MessageEntry(MessageQueue queue, MessagePool pool, EventDescriptor eventType)
{
    public readonly MessageQueue Queue = queue;
    public readonly MessagePool Pool = pool;
    public readonly EventDescriptor EventType = eventType;

    /// <summary>What the bus knows of the event, its cause and its depth included; a copy.</summary>
    public readonly EventContext Context = new();
    /// <summary>The sequence while handles may read the message, else 0.</summary>
    public long Readable;

    /// <summary>Number within the subscription, from 1; given when the message is handed out first.</summary>
    public long Sequence;

    /// <summary>End of the lease or of the delay, in timestamp ticks of the clock.</summary>
    public long Deadline;

    /// <summary>When it was handed out last, in timestamp ticks of the clock.</summary>
    public long TakenAt;

    /// <summary>How often running it came back at once, or nearly so.</summary>
    public int QuickReturns;

    /// <summary>Messages with the same key are handed out one after the other, where there are keys.</summary>
    public int Key;

    /// <summary>Whether the others of its key wait for it.</summary>
    public bool HoldsKey;

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

    public MessageState State = MessageState.Done;

    /// <summary>What the latest failures were; null before the first.</summary>
    public MessageFailure? Failure;

    /// <summary>The next in a queue or in the pool.</summary>
    public MessageEntry? Next;

    /// <summary>Neighbours among the messages never settled, in order of sequence.</summary>
    public MessageEntry? Older;
    public MessageEntry? Newer;

    /// <summary>Neighbours among the leases of the usual length, in the order in which they end.</summary>
    public MessageEntry? LeasedBefore;
    public MessageEntry? LeasedAfter;

    public bool IsUnsettled;
    public bool IsLeased;

    /// <summary>Gives the payload to a visitor, with its type. For who keeps the entry from being used again.</summary>
    public abstract void Accept<TVisitor>(ref TVisitor visitor)
        where TVisitor : IEventVisitor;

    /// <summary>The same for a handle.</summary>
    public abstract void AcceptOf<TVisitor>(long sequence, ref TVisitor visitor)
        where TVisitor : IEventVisitor;

    /// <summary>Keeps nothing alive. Only after <see cref="BeginReuse"/>.</summary>
    public abstract void ClearPayload();

    /// <summary>Reads the identity for a handle.</summary>
    public MessageIdentity IdentityOf(long sequence)
    {
        BeginRead(sequence);
        (Guid id, Guid correlationId, Guid causationId, DateTimeOffset publishedAt) = Context.Known;
        var identity = new MessageIdentity(id, correlationId, causationId, Context.Depth, Context.IsReplay, publishedAt);
        EndRead(sequence);
        return identity;
    }

    /// <summary>Reads for a handle what the publisher said of the event; empty if nothing.</summary>
    public EventDetails DetailsOf(long sequence)
    {
        BeginRead(sequence);
        EventDetails details = Context.Details ?? EventContext.NoDetails;
        EndRead(sequence);
        return details;
    }

    /// <summary>From here on no handle reads the message.</summary>
    public void BeginReuse()
    {
        Volatile.Write(ref Readable, 0);
        Volatile.WriteBarrier();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void BeginRead(long sequence)
    {
        if (Volatile.Read(ref Readable) != sequence)
            ThrowGone(sequence);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void EndRead(long sequence)
    {
        Volatile.ReadBarrier();
        BeginRead(sequence);
    }

    [DoesNotReturn]
    private void ThrowGone(long sequence) => throw new InvalidOperationException(
        $"Message {EventType.Name} #{sequence} of \"{Queue.Name}\" is settled; its ids and payload can be read only until then.");
}

/// <summary>A message with its payload, copied from the publisher.</summary>
internal sealed class MessageEntry<T>(MessageQueue queue, MessagePool pool, EventDescriptor eventType)
    : MessageEntry(queue, pool, eventType)
    where T : IEvent<T>
{
    private T _payload = default!;

    /// <summary>The payload, for who keeps the entry from being used again.</summary>
    public ref readonly T Payload => ref _payload;

    public void Fill(in T payload, EventContext context, int key)
    {
        _payload = payload;
        Key = key;
        QuickReturns = 0;
        Context.CopyFrom(context);
        FailedAttempts = context.Attempt - 1;
    }

    /// <summary>Reads the payload for a handle.</summary>
    public T PayloadOf(long sequence)
    {
        BeginRead(sequence);
        T copy = _payload;
        EndRead(sequence);
        return copy;
    }

    public override void Accept<TVisitor>(ref TVisitor visitor) => visitor.Visit(_payload);

    public override void AcceptOf<TVisitor>(long sequence, ref TVisitor visitor) => visitor.Visit(PayloadOf(sequence));

    public override void ClearPayload()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _payload = default!;
    }
}

/// <summary>What a handle reads of a message beside its payload.</summary>
internal readonly record struct MessageIdentity(
    Guid Id, Guid CorrelationId, Guid CausationId, int Depth, bool IsReplay, DateTimeOffset PublishedAt);
