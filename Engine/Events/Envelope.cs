using System.Diagnostics;
using Engine.Primitives;

namespace Engine.Events;

/// <summary>
/// What a handler gets beside the payload. For a batch it stands once for all events of the batch; for a handler that
/// takes single events, <see cref="Sequence"/> is that of the event. Valid during the call only.
/// </summary>
[DebuggerDisplay("{EventType.Name,nq} {Sequence} of {Producer.Name,nq}")]
public readonly struct Envelope
{
    private readonly long _observedTicks;
    private readonly long _notBeforeTicks;

    internal Envelope(
        EventDescriptor eventType, ProducerInfo producer, long sequence, long instructionCount,
        long notBeforeTicks, long observedTicks, bool isInline)
    {
        EventType = eventType;
        Producer = producer;
        Sequence = sequence;
        InstructionCount = instructionCount;
        IsInline = isInline;
        _notBeforeTicks = notBeforeTicks;
        _observedTicks = observedTicks;
    }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType { get; }

    /// <summary>Who published the events.</summary>
    public ProducerInfo Producer { get; }

    /// <summary>
    /// Sequence of the first event. Dispatched: it counts the events of this lane that went into the ring, lost ones
    /// included, from 0. Inline: it counts the events published before on this lane (on the shared lane: delivered
    /// inline before), those that only inline handlers wanted included.
    /// </summary>
    public long Sequence { get; }

    /// <summary>
    /// The instruction count the producer had last reported when the batch was taken from the ring; never less
    /// than the count it had reported before it published these events.
    /// </summary>
    public long InstructionCount { get; }

    /// <summary>Whether the handler runs on the publisher's thread, before the publisher goes on.</summary>
    public bool IsInline { get; }

    /// <summary>
    /// The events were published no earlier than this, in ticks of <see cref="Stopwatch"/>: the dispatcher's
    /// last look that found the ring empty. 0 if there was none.
    /// </summary>
    public long PublishedNotBefore => IsInline ? MonotonicClock.Now : _notBeforeTicks;

    /// <summary>
    /// The events were published no later than this, in ticks of <see cref="Stopwatch"/>: when the dispatcher
    /// took them from the ring.
    /// </summary>
    public long PublishedNotAfter => IsInline ? MonotonicClock.Now : _observedTicks;

    /// <summary>
    /// An inline handler asks its publisher to stop: the publish that called the handler returns <c>PublishOutcome.StopRequested</c>.
    /// The other handlers are called as usual, and the event goes on as it would have. On the thread of the handler.
    /// </summary>
    /// <exception cref="InvalidOperationException">The handler is dispatched: its publisher has long gone on.</exception>
    public void RequestStop()
    {
        if (!IsInline)
        {
            throw new InvalidOperationException(
                $"Only an inline handler can ask its publisher to stop; this one got {EventType.Name} from a dispatcher, and the " +
                "publisher has gone on.");
        }

        StopRequest.Current.Make();
    }

    internal Envelope As(EventDescriptor eventType) => new(
        eventType, Producer, Sequence, InstructionCount, _notBeforeTicks, _observedTicks, IsInline);

    internal Envelope AtSequence(long sequence) => new(
        EventType, Producer, sequence, InstructionCount, _notBeforeTicks, _observedTicks, IsInline);
}
