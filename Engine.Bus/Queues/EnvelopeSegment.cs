using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bus.Queues;

/// <summary>The slots of a ring and their sequencer, for as long as the ring has that size.</summary>
/// <typeparam name="TEnvelope">What lies in the slots.</typeparam>
internal sealed class EnvelopeSegment<TEnvelope>
    where TEnvelope : class
{
    // Nobody sleeps on it: what serves a queue is scheduled, not wakened.
    private static readonly WakeSignal NoSleeper = new();

    private readonly Slot[] _slots;
    private EnvelopeSegment<TEnvelope>? _next;

    public EnvelopeSegment(int slots, int bound, OverflowPolicy policy, bool freesOnRead, IOldestDropper dropper)
    {
        Sequencer = new BoundedSequencer(slots, policy, NoSleeper, freesOnRead, dropper);
        _slots = new Slot[Sequencer.Capacity];
        if (bound < Sequencer.Capacity)
            Sequencer.Bound = bound;
    }

    public BoundedSequencer Sequencer { get; }

    /// <summary>The one that took its place; null while it is in use. Set once, before this one is closed.</summary>
    public EnvelopeSegment<TEnvelope>? Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>The slot of a position. For the publisher that has claimed it, or the reader.</summary>
    public ref TEnvelope? this[long position] => ref _slots[position & (_slots.Length - 1)].Envelope;

    // A struct, because a reference into an array of references is checked for its type each time.
    private struct Slot
    {
        public TEnvelope? Envelope;
    }
}

/// <summary>
/// A place in an <see cref="EnvelopeRing{TEnvelope}"/> that a publisher has claimed. It fills the slot and publishes, soon and
/// once.
/// </summary>
/// <typeparam name="TEnvelope">What lies in the slots.</typeparam>
internal readonly struct EnvelopeClaim<TEnvelope>(EnvelopeSegment<TEnvelope> segment, long position)
    where TEnvelope : class
{
    /// <summary>The slot; it holds a spent envelope or nothing.</summary>
    public ref TEnvelope? Slot => ref segment[position];

    /// <summary>Makes the slot readable. The slot must hold a filled envelope.</summary>
    public void Publish() => segment.Sequencer.Publish(position, 1);
}
