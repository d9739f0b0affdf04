using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Engine.Bus;
using Engine.Events;
using Engine.Primitives;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Subscriptions;

namespace Engine.Storage.Recorded;

/// <summary>An event type whose frames can be delivered. Thread-safe; frames of one producer come one at a time.</summary>
internal abstract class RecordedType(string descriptorName, string eventName, string layout)
{
    public string DescriptorName => descriptorName;

    public string EventName => eventName;

    public string Layout => layout;

    /// <summary>The newest version, which has the subscriptions.</summary>
    public abstract RecordedTopic Topic { get; }

    /// <summary>Hands a frame's events to the subscriptions, but for the first ones.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="skip">Events that came before.</param>
    /// <param name="producer">Whose they are.</param>
    /// <exception cref="InvalidDataException">Its bytes are no events of the type.</exception>
    public abstract void Deliver(in JournalFrame frame, int skip, ProducerInfo producer);

    private protected static Envelope EnvelopeOf<T>(FrameHeader header, ProducerInfo producer, int skip)
        where T : unmanaged, IEvent<T> =>
        new(
            T.Descriptor, producer, header.FirstSequence + skip, header.LastInstructionCount, notBeforeTicks: 0, MonotonicClock.Now,
            isInline: false);
}

/// <summary>The subscriptions of an event type, and what was counted of it. Thread-safe.</summary>
internal abstract class RecordedTopic(string name)
{
    private long _events;
    private long _lostAtHost;
    private long _lostWithFrames;
    private long _unreadable;
    private long _duplicates;

    public abstract bool HasSubscriptions { get; }

    public abstract void Accept(IEventTypeVisitor visitor);

    public RecordedCount Count => new(
        name, Interlocked.Read(ref _events), Interlocked.Read(ref _lostAtHost), Interlocked.Read(ref _lostWithFrames),
        Interlocked.Read(ref _unreadable), Interlocked.Read(ref _duplicates));

    public void CountEvents(long count) => Interlocked.Add(ref _events, count);

    public void CountDuplicates(long count) => Interlocked.Add(ref _duplicates, count);

    public void LoseAtHost(ProducerInfo producer, in FrameLoss loss)
    {
        Interlocked.Add(ref _lostAtHost, loss.Count);
        Tell(producer, loss.FirstSequence, loss.Count, loss.Cause);
    }

    public void LoseWithFrames(ProducerInfo producer, long first, long count)
    {
        Interlocked.Add(ref _lostWithFrames, count);
        Tell(producer, first, count, LossCause.Deleted);
    }

    public void LoseUnreadable(ProducerInfo producer, long first, long count)
    {
        Interlocked.Add(ref _unreadable, count);
        Tell(producer, first, count, LossCause.Deleted);
    }

    private protected abstract void Tell(ProducerInfo producer, long first, long count, LossCause cause);
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class RecordedTopic<T>(SubscriptionContext context) : RecordedTopic(T.Descriptor.Name)
    where T : unmanaged, IEvent<T>
{
    public SubscriptionRegistry<T> Registry { get; } = new(T.Descriptor, context);

    public override bool HasSubscriptions => Registry.Count > 0;

    public override void Accept(IEventTypeVisitor visitor) => visitor.Visit<T>();

    public void Deliver(ReadOnlySpan<T> events, in Envelope envelope)
    {
        if (events.IsEmpty)
            return;
        CountEvents(events.Length);
        HandlerScope scope = HandlerScope.Current;
        foreach (Subscription<T> subscription in Registry.Table.Dispatched)
            subscription.Deliver(events, envelope, scope);
    }

    // What an engine's rings have lost is told by their policy; whatever else is missing came in and was dropped later.
    private protected override void Tell(ProducerInfo producer, long first, long count, LossCause cause)
    {
        if (count <= 0)
            return;
        var notice = new LossNotice(
            T.Descriptor, producer, first, first + count - 1,
            cause == LossCause.RingDroppedOldest ? OverflowPolicy.DropOldest : OverflowPolicy.DropIncoming);
        HandlerScope scope = HandlerScope.Current;
        foreach (Subscription<T> subscription in Registry.Table.Dispatched)
            subscription.DeliverLoss(notice, scope);
    }
}

/// <summary>Frames of the newest version.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class RecordedType<[DynamicallyAccessedMembers(EventLayout.Fields)] T>(RecordedTopic<T> topic)
    : RecordedType(T.Descriptor.Name, T.EventName, EventLayout.Of<T>())
    where T : unmanaged, IEvent<T>
{
    public override RecordedTopic Topic => topic;

    public override void Deliver(in JournalFrame frame, int skip, ProducerInfo producer)
    {
        FrameHeader header = frame.Header;
        T[] events = ArrayPool<T>.Shared.Rent(header.Count);
        try
        {
            frame.DecodeAs<T>(events.AsSpan(0, header.Count));
            topic.Deliver(events.AsSpan(skip, header.Count - skip), EnvelopeOf<T>(header, producer, skip));
        }
        finally
        {
            ArrayPool<T>.Shared.Return(events);
        }
    }
}

/// <summary>Frames of an older version, whose events become the newest.</summary>
/// <typeparam name="TOlder">The older version.</typeparam>
/// <typeparam name="T">The newest version.</typeparam>
internal sealed class OlderRecordedType<[DynamicallyAccessedMembers(EventLayout.Fields)] TOlder, T>(
    RecordedTopic<T> topic, EventTransform<TOlder, T> upcast)
    : RecordedType(TOlder.Descriptor.Name, TOlder.EventName, EventLayout.Of<TOlder>())
    where TOlder : unmanaged, IEvent<TOlder>
    where T : unmanaged, IEvent<T>
{
    public override RecordedTopic Topic => topic;

    public override void Deliver(in JournalFrame frame, int skip, ProducerInfo producer)
    {
        FrameHeader header = frame.Header;
        TOlder[] older = ArrayPool<TOlder>.Shared.Rent(header.Count);
        T[] events = ArrayPool<T>.Shared.Rent(header.Count);
        try
        {
            frame.DecodeAs<TOlder>(older.AsSpan(0, header.Count));
            Envelope envelope = EnvelopeOf<T>(header, producer, skip);
            int start = skip;
            for (int i = skip; i < header.Count; i++)
            {
                if (TryUpcast(older[i], out events[i]))
                    continue;
                topic.Deliver(events.AsSpan(start, i - start), envelope.AtSequence(header.FirstSequence + start));
                topic.LoseUnreadable(producer, header.FirstSequence + i, 1);
                start = i + 1;
            }

            topic.Deliver(events.AsSpan(start, header.Count - start), envelope.AtSequence(header.FirstSequence + start));
        }
        finally
        {
            ArrayPool<T>.Shared.Return(events);
            ArrayPool<TOlder>.Shared.Return(older);
        }
    }

    private bool TryUpcast(in TOlder older, out T newest)
    {
        try
        {
            newest = upcast(older);
            return true;
        }
        catch (Exception)
        {
            newest = default;
            return false;
        }
    }
}
