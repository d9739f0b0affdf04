namespace Engine.Publish;

/// <summary>
/// A lane whose sequences can be set back. On the producer's thread, and only while nothing waits in the ring: then no dispatcher
/// is at its events, and it sees the new sequences with the next one, whose publication they are written before.
/// </summary>
internal interface IPositionedLane
{
    /// <summary>How far it is.</summary>
    LanePosition Position { get; set; }

    /// <summary>Whether events wait in the ring, or are being handled.</summary>
    bool HasBacklog { get; }

    /// <summary>Whether somebody takes events out of it.</summary>
    bool HasConsumer { get; }
}
