namespace Engine.Bus.Queues;

/// <summary>What lies in the slots of an <see cref="EnvelopeRing{TEnvelope}"/>: used again and again, by one owner at a time.</summary>
internal interface IEnvelope
{
    /// <summary>Forgets what it carries, so that nothing is kept alive by it.</summary>
    void Clear();

    /// <summary>Leaves the ring, because an envelope of another kind takes its place.</summary>
    void Retire();
}
