namespace Engine.Bus.Queues;

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
