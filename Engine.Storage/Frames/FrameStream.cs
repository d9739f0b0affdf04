namespace Engine.Storage.Frames;

/// <summary>Which events a frame belongs to: those of one type that one producer published in one session.</summary>
/// <param name="Session">The session: one opening of a journal for writing. Sequences begin anew in each.</param>
/// <param name="EventType">The event type's name.</param>
/// <param name="Layout">The fields of an event in memory: <c>Name:type@offset</c>, separated by commas.</param>
/// <param name="EventSize">Bytes of an event in memory.</param>
/// <param name="ProducerId">The producer's number within its engine.</param>
/// <param name="ProducerName">The producer's name.</param>
/// <param name="VmId">The virtual machine it belongs to; null for none.</param>
public sealed record FrameStream(
    long Session, string EventType, string Layout, int EventSize, int ProducerId, string ProducerName, string? VmId)
{
    /// <summary>Type, producer and session.</summary>
    public override string ToString() => $"{EventType} of {ProducerName} (session {Session:x16})";
}
